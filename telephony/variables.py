"""Every channel variable the project sets or reads, with its meaning (a test keeps this list true)."""

VARIABLES: dict[str, str] = {
    "HOTLINE_CALL_ID": "the visit: linkedid of the caller's first channel; inherited by every leg",
    "HOTLINE_LINE": "which number was dialled: 12345 or 96128",
    "HOTLINE_CALLER": "caller's number, digits only; empty when hidden or not a number",
    "HOTLINE_PATH": "keys pressed in the flows so far, as greeting:1.main:3; for the live view",
    "HOTLINE_NEXT": "where the dialplan goes after a flow: queue, danger, menu, progress, voicemail, callback, hangup",
    "HOTLINE_QUEUE": "queue to enter",
    "HOTLINE_SERVICE": "emergency service: 110, 119, 120, 122",
    "HOTLINE_TICKET": "ticket number of this call",
    "HOTLINE_DISPOSITION": "disposition settled by a flow",
    "HOTLINE_ATTEMPT": "callback: the attempt's id",
    "HOTLINE_DATE": "callback: day of the matter, YYYY-MM-DD",
    "HOTLINE_TOPIC": "callback: request type of the matter, spoken to the citizen",
    "HOTLINE_FLOW": "flow that is running or was last run",
    "HOTLINE_WHY": "why the fallback was taken: heartbeat, agi, timeout",
    "HOTLINE_FILE": "file being recorded by the fallback voicemail, relative to the recordings folder",
    "HOTLINE_RECORDING": "recording made on this channel, relative to the recordings folder; set once it has begun",
    "HOTLINE_CALLER_CHANNEL": "channel of the caller, for the legs that serve it",
    "HOTLINE_DANGER_BY": "agent when an agent started the emergency call; else the caller did",
    "HOTLINE_PROGRESS_FAILURES": "failed progress verifications of this call",
    "HOTLINE_RESUME": "1 when the greeting was already heard",
}
