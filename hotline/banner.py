"""What `hotline up` tells when a call would be answered."""

from __future__ import annotations

from asterisk_conf import render
from hotline import probe
from hotline.settings import Settings


def console_url(settings: Settings) -> str:
    """Where the console is."""
    host = probe.reachable_host(settings.bind)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.http_port}/"


def ready(settings: Settings, seconds: float) -> str:
    """How to call the hotline that is now ready."""
    return f"\nReady after {seconds:.1f} s.\n{_how(settings)}"


def already(settings: Settings) -> str:
    """The same for a hotline that was running before."""
    return f"A hotline is running in {settings.home} already.\n{_how(settings)}"


def _how(settings: Settings) -> str:
    registrar = f"{probe.reachable_host(settings.bind)}:{settings.sip_port}"
    password = render.passwords(settings)["citizen"]
    lines = [
        ("Call it", f"register a softphone at {registrar} (UDP or TCP) as citizen, password {password},"),
        ("", "then dial 12345 or 96128"),
        ("Trunk", f"{settings.trunk_peer}, calls to 12345 and 96128" if settings.trunk_peer
         else "none (practice mode: outgoing calls ring the phone `citizen`); set HOTLINE_TRUNK_PEER"),
        ("Emergency", settings.emergency_peer or "none: callers are told which number to dial; "
         "set HOTLINE_EMERGENCY_PEER"),
        ("Agents", f"{settings.agent_numbers[0]} to {settings.agent_numbers[-1]} at {registrar}; passwords: "
         "hotline agents list --json --with-secrets" if settings.agent_numbers else "none: set HOTLINE_AGENTS"),
        ("Supervise", f"from {settings.supervisor_numbers[0]} to {settings.supervisor_numbers[-1]}; passwords: "
         "hotline agents phones --json --with-secrets" if settings.supervisor_numbers
         else "no telephones: set HOTLINE_SUPERVISORS"),
        ("Console", console_url(settings)),
        ("Log in", "hotline accounts add NAME --role ROLE makes an account and shows its first password once"),
        ("Try it", "hotline demo"),
    ]
    return "\n".join(f"  {name:<10} {text}" for name, text in lines)
