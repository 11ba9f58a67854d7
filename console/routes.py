"""The one table of the REST interface: mounted by `rest`, described by `openapi`."""

from __future__ import annotations

from console import (
    of_agent,
    of_callbacks,
    of_figures,
    of_files,
    of_floor,
    of_imports,
    of_knowledge,
    of_messages,
    of_missed,
    of_people,
    of_registers,
    of_reports,
    of_tickets,
    of_webhooks,
)
from console.needs import body_of
from console.route import Route
from console.schema import record
from console.shapes import page, ref
from tickets.access import Action
from tickets.transitions import TABLE

BASE = "/api/v1"

_TICKETS = (
    Route("GET", "/tickets", Action.READ, "Tickets, newest first", of_tickets.list_tickets, page("TicketRow"),
          of_tickets.FILTERS),
    Route("GET", "/tickets/export", Action.EXPORT, "The same as xlsx, a unit's own alone; at most 10,000",
          of_tickets.export, None, of_tickets.EXPORT, seconds=60.0),
    Route("GET", "/tickets/search", Action.SEARCH, "Tickets by number, telephone number or words",
          of_tickets.search, page("TicketRow"), of_tickets.SEARCH, ("q",)),
    Route("GET", "/tickets/returns", Action.SEARCH, "What units applied to give back, and what was ruled (R26, R27)",
          of_tickets.list_returns, page("Return"), of_tickets.RETURNS),
    Route("POST", "/tickets", Action.CREATE, "Register what came in by any channel (R3)", of_tickets.create,
          ref("Received"), body=of_tickets.NEW, status=201),
    Route("GET", "/tickets/{number}", Action.READ, "One ticket", of_tickets.show, ref("Ticket")),
    Route("GET", "/tickets/{number}/history", Action.HISTORY, "Every change of a ticket (R11)", of_tickets.events,
          ref("History")),
    Route("GET", "/tickets/{number}/attachments", Action.READ, "The files of a ticket", of_files.list_files,
          ref("Attachments")),
    Route("POST", "/tickets/{number}/attachments", Action.ATTACH, "Add files, all or none", of_files.upload,
          ref("Attachments"), upload=True, status=201),
    Route("GET", "/tickets/{number}/attachments/{sha256}", Action.READ, "Download a file", of_files.download, None),
)
_MOVES = tuple(
    Route("POST", f"/tickets/{{number}}/{row.action.value}", row.action, f"{row.meaning} ({row.rules})",
          of_tickets.mover(row.action), ref("Ticket"), body=body_of(row.needs), versioned=True)
    for row in TABLE.values()
)
_REGISTERS = (
    Route("GET", "/dashboard", Action.DASHBOARD, "What is to be done, in figures", of_tickets.dashboard,
          ref("Dashboard"), {"unit": of_tickets.SEARCH["unit"]}),
    Route("GET", "/units", Action.UNITS_READ, "Units and their people (R19, R49)", of_registers.list_units,
          ref("Units")),
    Route("GET", "/units/suggest", Action.UNITS_READ, "Units that may answer for a matter in a place (R20)",
          of_registers.suggestions, ref("Suggestions"), of_registers.SUGGEST),
    Route("GET", "/units/export", Action.EXPORT, "The registry form, filled, as xlsx (R49)", of_imports.export_units,
          None),
    Route("POST", "/units/import", Action.UNITS_IMPORT, "Load a table of units, places, matters or duties, all or "
          "nothing (R49)", of_imports.import_units, ref("Imported"), of_imports.KIND, upload=True, files=1,
          seconds=60.0),
    Route("POST", "/units/start", Action.UNITS_IMPORT, "Put in the towns, matters and units the package brings",
          of_imports.start, ref("Started"), seconds=60.0),
    Route("GET", "/units/{code}", Action.UNITS_READ, "One unit, by code or whole name", of_registers.show_unit,
          ref("Unit")),
    Route("GET", "/territories", Action.UNITS_READ, "The territory tree", of_registers.territories, ref("Nodes")),
    Route("GET", "/matters", Action.UNITS_READ, "The matter tree", of_registers.matters, ref("Nodes")),
    Route("GET", "/calendar", Action.CALENDAR_READ, "The special days of a year", of_registers.calendar,
          ref("Days"), of_registers.DAYS),
    Route("POST", "/calendar/import", Action.CALENDAR_IMPORT, "Load a notice of days off and working days; deadlines "
          "are counted anew (R22)", of_imports.import_calendar, ref("NoticeLoaded"), of_imports.NOTICE, upload=True,
          files=1, seconds=60.0),
    Route("GET", "/calendar/check", Action.CALENDAR_READ, "What the calendar lacks or leaves in doubt",
          of_imports.check, ref("CalendarProblems")),
    Route("GET", "/deadline", Action.CALENDAR_READ, "Due dates, and why (R22-R27)", of_registers.deadline,
          ref("Deadline"), of_registers.DEADLINE, ("dispatched", "type")),
    Route("GET", "/calls", Action.CALLS, "The ledger of calls, newest first", of_registers.list_calls,
          page("Call"), of_registers.CALLS),
    Route("GET", "/calls/{call_id}", Action.CALLS, "One call", of_registers.show_call, ref("Call")),
    Route("GET", "/reports", Action.REPORTS, "The figures of calls, by period and group", of_reports.report,
          ref("Report"), of_reports.REPORT, ("since", "until")),
    Route("GET", "/reports/figures", Action.REPORTS, "What each figure means, and its formula", of_reports.figures,
          ref("Figures")),
    Route("GET", "/reports/staffing", Action.REPORTS, "Agents that each hour of the week needs (Erlang C)",
          of_reports.staffing, ref("Staffing"), of_reports.STAFFING),
    Route("GET", "/missed", Action.MISSED, "Citizens to be called back, the one due first", of_missed.tasks,
          page("MissedTask"), of_missed.TASKS),
    Route("GET", "/missed/{task}", Action.MISSED, "One of them, with calls and attempts", of_missed.show,
          ref("MissedTask")),
    Route("POST", "/missed/{task}/assign", Action.MISSED, "Give it to an agent", of_missed.assign, ref("MissedTask"),
          body=of_missed.AGENT),
    Route("POST", "/missed/{task}/call", Action.MISSED, "Ring the agent's phone, then the citizen", of_missed.call,
          ref("MissedTask"), body=of_missed.AGENT, status=202),
    Route("POST", "/missed/{task}/close", Action.MISSED, "Close it, and say why", of_missed.close,
          ref("MissedTask"), body=of_missed.REASON),
    Route("GET", "/callbacks", Action.CALLBACKS, "Callbacks, those due first before the others (R36)",
          of_callbacks.list_callbacks, page("Callback"), of_callbacks.LIST),
    Route("GET", "/callbacks/run", Action.CALLBACKS, "The run now: stages, today's calls, answers as they come",
          of_callbacks.show_run, ref("CallbackRun"), of_callbacks.TRUNK),
    Route("POST", "/callbacks/pause", Action.CALLBACKS, "Dial no more; calls in progress are finished",
          of_callbacks.pause, ref("Paused"), body=of_callbacks.PAUSE),
    Route("POST", "/callbacks/resume", Action.CALLBACKS, "Dial again", of_callbacks.resume, ref("Paused"),
          body=of_callbacks.PAUSE),
    Route("GET", "/accounts/me", None, "The account that asks", of_registers.me, ref("Account")),
    Route("GET", "/accounts", Action.ACCOUNTS, "Every account", of_registers.list_accounts, ref("Accounts")),
    Route("GET", "/audit", Action.AUDIT, "Who did or saw what, newest first", of_registers.list_audit,
          page("AuditRow"), of_registers.AUDIT),
)
_PERSON, _CHECK = "/people/{number}", "/checks/{check}"
_PEOPLE = (
    Route("GET", "/people", Action.CALLBACK, "Citizens whom a person is to call or visit, the longest waiting first "
          "(R37, R39)", of_people.list_waiting, page("Waiting"), of_people.WAITING),
    Route("GET", _PERSON, Action.CALLBACK, "One of them, with every try", of_people.person, ref("Person")),
    Route("POST", f"{_PERSON}/call", Action.CALLBACK, "Ring the agent's phone, then the citizen",
          of_people.call_person, ref("Calling"), body=of_people.AGENT, status=202),
    Route("POST", f"{_PERSON}/record", Action.CALLBACK, "What came of a try: over when the ticket has moved",
          of_people.record_person, ref("Recorded"), body=of_people.TOLD),
    Route("GET", "/checks", Action.CHECKS, "The office's sample of what the units said (R34)",
          of_people.list_checks, page("Check"), of_people.CHECKS),
    Route("GET", _CHECK, Action.CHECKS, "One check, with what is asked", of_people.show_check, ref("Check")),
    Route("POST", f"{_CHECK}/call", Action.CHECKS, "Ring the agent's phone, then the citizen", of_people.call_check,
          ref("Calling"), body=of_people.AGENT, status=202),
    Route("POST", _CHECK, Action.CHECKS, "What the citizen told; nothing for a try in vain", of_people.settle_check,
          ref("Check"), body=of_people.SETTLED),
)
_KNOWLEDGE = (
    Route("GET", "/knowledge", Action.KNOWLEDGE_READ, "Articles of the knowledge base, the newest first (R16)",
          of_knowledge.list_articles, page("Article"), of_knowledge.LIST),
    Route("GET", "/knowledge/search", Action.KNOWLEDGE_READ, "Articles in force, by words, the best first",
          of_knowledge.search, ref("ArticlesFound"), of_knowledge.SEARCH, ("q",)),
    Route("POST", "/knowledge", Action.KNOWLEDGE, "Write an article", of_knowledge.add, ref("Article"),
          body=of_knowledge.NEW, status=201),
    Route("GET", "/knowledge/export", Action.KNOWLEDGE, "Every article, as xlsx", of_knowledge.export, None),
    Route("POST", "/knowledge/import", Action.KNOWLEDGE, "Load a table of articles, all or nothing", of_knowledge.load,
          ref("ArticlesLoaded"), upload=True, files=1, seconds=60.0),
    Route("GET", "/knowledge/{code}", Action.KNOWLEDGE_READ, "One article, by version", of_knowledge.show,
          ref("ArticleShown"), of_knowledge.ONE),
    Route("POST", "/knowledge/{code}", Action.KNOWLEDGE, "Write an article's next version", of_knowledge.edit,
          ref("Article"), body=of_knowledge.EDIT, versioned=True),
    Route("GET", "/tickets/{number}/articles", Action.READ, "The articles a ticket was answered from (R16)",
          of_knowledge.of_ticket, ref("Grounds")),
)
_MESSAGES = (
    Route("POST", "/messages", Action.MESSAGE, "Bring a citizen's message by SMS, app or WeChat: a new ticket, or onto "
          "the one it means (R3)", of_messages.bring, ref("Taken"), body=of_messages.NEW, status=201),
    Route("POST", "/messages/files", Action.MESSAGE, "Add the files of a message that was brought, all or none",
          of_messages.add_files, ref("Attachments"), of_messages.FILES, ("channel", "id"), upload=True, status=201),
    Route("GET", "/progress", Action.MESSAGE, "How far a ticket is, for its number and the telephone's last digits",
          of_messages.progress, ref("Progress"), of_messages.PROGRESS, ("number", "last4")),
    Route("GET", "/messages", Action.MESSAGES, "Messages in and out, newest first", of_messages.list_messages,
          page("Message"), of_messages.LIST),
    Route("GET", "/messages/figures", Action.MESSAGES, "How soon messages were answered (GB/T 33358)",
          of_messages.figures, ref("MessageFigures"), of_messages.SPAN, ("since", "until")),
)
_RANKING = "/ranking/{ranking}"
_FIGURES = (
    Route("GET", "/figures", Action.FIGURES, "The figures of tickets: in all, by group or by period (R43, R46)",
          of_figures.figures, ref("TicketFigures"), of_figures.SHOWN),
    Route("GET", "/figures/explained", Action.FIGURES, "What each figure of tickets means", of_figures.explained,
          ref("Figures")),
    Route("GET", "/figures/topics", Action.TOPICS, "Words and matters against the period before (R42, R43)",
          of_figures.topics, ref("Topics"), of_figures.TOPICS),
    Route("GET", "/ranking", Action.RANKING, "The frozen rankings of units (R44)", of_figures.rankings,
          ref("Rankings")),
    Route("POST", "/ranking", Action.FREEZE, "Keep the ranking of a period that is over, for good",
          of_figures.freeze, ref("Ranking"), body=of_figures.FREEZE, status=201),
    Route("GET", _RANKING, Action.RANKING, "One ranking, with its lines and appeals", of_figures.ranking,
          ref("Ranking")),
    Route("POST", f"{_RANKING}/appeal", Action.APPEAL, "A unit's appeal against its line", of_figures.appeal,
          ref("Ranking"), body=of_figures.APPEAL, status=201),
    Route("POST", f"{_RANKING}/appeals/{{appeal}}/rule", Action.FREEZE, "Rule on an appeal", of_figures.rule,
          ref("Ranking"), body=of_figures.RULE),
    Route("POST", f"{_RANKING}/publish", Action.FREEZE, "Publish, once appeals are over and ruled on",
          of_figures.publish, ref("Ranking")),
    Route("GET", "/bulletin", Action.BULLETIN, "The bulletin of a month (R43-R45)", of_figures.bulletin,
          ref("Bulletin"), of_figures.MONTH),
)
_FLOOR = (
    Route("GET", "/floor", Action.FLOOR_READ, "Queues, agents and trunks at this moment", of_floor.look, ref("Floor")),
    *(Route("POST", f"/floor/{of}/{name}", Action.FLOOR, summary, of_floor.doer(name), ref("Done"), body=body)
      for of, actions in (("agents/{agent}", of_floor.OF_AGENT), ("calls/{call_id}", of_floor.OF_CALL))
      for name, (summary, body) in actions.items()),
)
_WEBHOOKS = (
    Route("GET", "/webhooks", Action.WEBHOOKS, "Who is told of alerts and calls", of_webhooks.list_webhooks,
          ref("Webhooks")),
    Route("POST", "/webhooks", Action.WEBHOOKS, "Tell one more; the secret that signs is answered this once",
          of_webhooks.add, ref("Webhook"), body=of_webhooks.NEW, status=201),
    Route("POST", "/webhooks/{webhook}/remove", Action.WEBHOOKS, "Tell it no more", of_webhooks.remove, ref("Webhook"),
          body=record({})),
    Route("GET", "/webhooks/deliveries", Action.WEBHOOKS, "What was or is to be delivered, newest first",
          of_webhooks.log, page("Delivery"), of_webhooks.LOG),
    Route("POST", "/webhooks/deliveries/{delivery}/replay", Action.WEBHOOKS, "Deliver once more", of_webhooks.replay,
          ref("Delivery"), body=record({})),
)
_AGENT = (
    Route("GET", "/agent", Action.SEAT, "The own telephone and call at this moment", of_agent.look, ref("Seat")),
    Route("POST", "/agent/take", Action.SEAT, "Sit down at a telephone", of_agent.take, ref("Seat"),
          body=of_agent.PHONE),
    Route("POST", "/agent/leave", Action.SEAT, "Get up", of_agent.leave, ref("Seat")),
    Route("POST", "/agent/calls/{call_id}/ticket", Action.SEAT, "The ticket of an own call, drafted when it has none",
          of_agent.ticket, ref("CallTicket")),
    *(Route("POST", f"/agent/{name}", Action.SEAT, summary, of_agent.doer(name), ref("Done"), body=body)
      for name, (summary, body) in of_agent.OWN.items()),
)
ROUTES: tuple[Route, ...] = (
    *_TICKETS, *_MOVES, *_PEOPLE, *_KNOWLEDGE, *_MESSAGES, *_REGISTERS, *_FIGURES, *_FLOOR, *_AGENT, *_WEBHOOKS
)  # fmt: skip
