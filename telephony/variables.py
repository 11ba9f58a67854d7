"""Every channel variable the project sets or reads, with its meaning (a test keeps this list true)."""

VARIABLES: dict[str, str] = {
    "HOTLINE_CALL_ID": "the visit: linkedid of the caller's first channel; inherited by every leg",
    "HOTLINE_LINE": "which number was dialled: 12345 or 96128",
    "HOTLINE_CALLER": "caller's number, digits only; empty when hidden or not a number",
    "HOTLINE_NEXT": "where the dialplan goes after a flow: queue, danger, menu, progress, voicemail, callback, hangup",
    "HOTLINE_QUEUE": "queue to enter",
    "HOTLINE_SERVICE": "emergency service: 110, 119, 120, 122",
    "HOTLINE_TICKET": "ticket number of this call",
    "HOTLINE_DISPOSITION": "disposition settled by a flow",
    "HOTLINE_RESUME": "menu when the greeting was already heard",
}
