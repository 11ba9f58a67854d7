"""The one table of the pages: mounted, allowed, shown in the menu and put on record from here."""

from __future__ import annotations

from console import (
    agent,
    agent_knowledge,
    agent_ticket,
    callback_figures,
    citizen,
    desk_bulletin,
    desk_callbacks,
    desk_checks,
    desk_exports,
    desk_figures,
    desk_knowledge,
    desk_lists,
    desk_messages,
    desk_missed,
    desk_people,
    desk_ranking,
    desk_reports,
    desk_returns,
    desk_staffing,
    desk_tickets,
    desk_webhooks,
    entry,
    registers,
    supervisor,
    ticket_callback,
)
from console.page import Page
from console.push import Feed
from console.sessions import Stage
from tickets.access import Action
from tickets.transitions import TABLE

_ANY = (Stage.CODE, Stage.PASSWORD, Stage.ENROL)
_ENTRY = (
    Page("GET", "/", None, "首页", entry.landing, "landing.html", public=True),
    Page("GET", "/login", None, "登录", entry.login_page, "login.html", public=True),
    Page("POST", "/login", None, "登录", entry.login, again="/login", public=True, slow=True),
    Page("GET", "/login/code", None, "两步验证", entry.code_page, "code.html", stages=(Stage.CODE,)),
    Page("POST", "/login/code", None, "两步验证", entry.code, again="/login/code", stages=(Stage.CODE,)),
    Page("POST", "/logout", None, "退出", entry.logout, stages=_ANY),
    Page("GET", "/home", None, "首页", entry.home),
    Page("GET", "/account", None, "我的账号", entry.own_page, "account.html"),
    Page("GET", "/account/password", None, "修改口令", entry.password_page, "password.html",
         stages=(Stage.PASSWORD,)),
    Page("POST", "/account/password", None, "修改口令", entry.password, again="/account/password",
         stages=(Stage.PASSWORD,), slow=True),
    Page("GET", "/account/second-factor", None, "两步验证设置", entry.second_factor_page, "second_factor.html",
         stages=(Stage.ENROL,)),
    Page("POST", "/account/second-factor", None, "两步验证设置", entry.enrol, again="/account/second-factor",
         stages=(Stage.ENROL,)),
)
_CITIZEN = (
    Page("GET", "/query", None, "进度查询", citizen.query_page, "query.html", public=True),
    Page("POST", "/query", None, "进度查询", citizen.query, "query.html", again="/query", public=True),
    Page("GET", "/submit", None, "我要反映", citizen.submit_page, "submit.html", public=True),
    Page("POST", "/submit", None, "我要反映", citizen.submit, "submit.html", again="/submit", public=True, upload=True),
)
_CALL = "/agent/calls/{call}"
_AGENT = (
    Page("GET", "/agent", Action.SEAT, "坐席", agent.page, "agent.html", menu="坐席"),
    Page("GET", "/agent/knowledge", Action.KNOWLEDGE_READ, "知识库", agent_knowledge.search, "agent_knowledge.html"),
    Page("POST", "/agent/take", Action.SEAT, "登录话机", agent.take, again="/agent"),
    Page("POST", "/agent/leave", Action.SEAT, "离开话机", agent.leave, again="/agent"),
    Page("POST", "/agent/do/{what}", Action.SEAT, "坐席操作", agent.do, again="/agent"),
    Page("POST", f"{_CALL}/note", Action.SEAT, "群众备注", agent.note, again="/agent"),
    *(Page("POST", f"{_CALL}/{move.value}", move, TABLE[move].meaning, agent_ticket.filer(move), again="/agent")
      for move in agent_ticket.MOVES),
)
_DESKS = (
    Page("GET", "/office", Action.DISPATCH, "今日办理", desk_lists.office, "day.html", menu="热线办"),
    Page("GET", "/unit", Action.SIGN, "今日办理", desk_lists.unit, "day.html", menu="承办单位"),
)
_REPORTS = (
    Page("GET", "/reports", Action.REPORTS, "话务报表", desk_reports.page, "reports.html", menu="报表"),
    Page("GET", "/reports/help", Action.REPORTS, "指标口径", desk_reports.explained, "figures.html"),
    Page("GET", "/reports/staffing", Action.REPORTS, "坐席排班测算", desk_staffing.page, "staffing.html"),
    Page("GET", "/reports/file/{kind}", Action.REPORTS, "话务报表", desk_reports.export),
)
_RANKING = "/ranking/{ranking}"
_FIGURES = (
    Page("GET", "/figures", Action.FIGURES, "统计分析", desk_figures.page, "ticket_figures.html", menu="统计分析"),
    Page("GET", "/figures.xlsx", Action.FIGURES, "导出统计", desk_figures.export),
    Page("GET", "/figures/help", Action.FIGURES, "指标口径", desk_figures.explained, "figures.html"),
    Page("GET", "/figures/topics", Action.TOPICS, "热点分析", desk_figures.topics, "topics.html"),
    Page("GET", "/ranking", Action.RANKING, "承办单位排名", desk_ranking.page, "ranking.html", menu="排名"),
    Page("POST", "/ranking/freeze", Action.FREEZE, "固化排名", desk_ranking.freeze, again="/ranking"),
    Page("GET", _RANKING, Action.RANKING, "承办单位排名", desk_ranking.one, "ranking_one.html"),
    Page("POST", f"{_RANKING}/appeal", Action.APPEAL, "申诉", desk_ranking.appeal, again=_RANKING),
    Page("POST", f"{_RANKING}/appeals/{{appeal}}/rule", Action.FREEZE, "裁定申诉", desk_ranking.rule, again=_RANKING),
    Page("POST", f"{_RANKING}/publish", Action.FREEZE, "发布排名", desk_ranking.publish, again=_RANKING),
    Page("GET", "/bulletin", Action.BULLETIN, "运行月报", desk_bulletin.page, "bulletin.html", menu="月报"),
    *(Page("GET", f"/bulletin.{form}", Action.BULLETIN, "导出月报", handler) for form, handler in
      (("xlsx", desk_bulletin.as_xlsx), ("docx", desk_bulletin.as_docx), ("html", desk_bulletin.as_html))),
    Page("POST", "/bulletin/remarks", Action.REMARK, "月报说明", desk_bulletin.add, again="/bulletin"),
    Page("POST", "/bulletin/remarks/{remark}/drop", Action.REMARK, "月报说明", desk_bulletin.drop, again="/bulletin"),
)
_TICKET = "/tickets/{number}"
_TICKETS = (
    Page("GET", "/tickets", Action.SEARCH, "工单", desk_lists.listing, "tickets.html", menu="工单"),
    Page("GET", "/tickets.xlsx", Action.EXPORT, "导出工单", desk_lists.export),
    Page("GET", "/returns", Action.SEARCH, "退回记录", desk_returns.listing, "returns.html"),
    Page("GET", "/returns.xlsx", Action.SEARCH, "导出退回记录", desk_returns.export),
    Page("GET", _TICKET, Action.READ, "工单", desk_tickets.ticket_page, "ticket.html"),
    Page("POST", f"{_TICKET}/files", Action.ATTACH, "添加附件", desk_tickets.attach, again=_TICKET, upload=True),
    Page("GET", f"{_TICKET}/files/{{sha256}}", Action.READ, "附件", desk_tickets.download),
    Page("GET", f"{_TICKET}/audio/{{name}}", Action.READ, "录音", ticket_callback.audio),
)
_MOVES = tuple(
    Page("POST", f"{_TICKET}/{row.action.value}", row.action, row.meaning, desk_tickets.mover(row.action),
         again=_TICKET)
    for row in TABLE.values()
)
_SUPERVISOR = (
    Page("GET", "/supervisor", Action.FLOOR_READ, "现场监控", supervisor.page, "supervisor.html", menu="现场监控"),
    Page("POST", "/supervisor/{what}/{of}", Action.FLOOR, "现场操作", supervisor.do, "supervisor_done.html"),
)
_RUN = (
    Page("GET", "/callbacks", Action.CALLBACKS, "自动回访", desk_callbacks.page, "callbacks.html", menu="回访"),
    Page("GET", "/callbacks/figures", Action.CALLBACKS, "回访统计", callback_figures.page, "callback_figures.html"),
    Page("GET", "/callbacks/figures.{kind}", Action.CALLBACKS, "导出回访统计", callback_figures.export),
    Page("POST", "/callbacks/pause", Action.CALLBACKS, "暂停回访", desk_callbacks.pause),
    Page("POST", "/callbacks/resume", Action.CALLBACKS, "继续回访", desk_callbacks.resume),
)
_PERSON = "/people/{number}"
_PEOPLE = (
    Page("GET", "/people", Action.CALLBACK, "人工回访", desk_people.listing, "people.html", menu="人工回访"),
    Page("GET", "/people.xlsx", Action.CALLBACK, "导出人工回访", desk_people.export),
    Page("GET", _PERSON, Action.CALLBACK, "人工回访", desk_people.one, "person.html"),
    Page("GET", f"{_PERSON}/form", Action.CALLBACK, "当面回访登记表", desk_people.visit_form, "visit_form.html"),
    Page("POST", f"{_PERSON}/call", Action.CALLBACK, "呼叫群众", desk_people.call, again=_PERSON),
    Page("POST", f"{_PERSON}/record", Action.CALLBACK, "登记人工回访", desk_people.record, again=_PERSON),
)
_CHECKS = (
    Page("GET", "/checks", Action.CHECKS, "回访抽查", desk_checks.listing, "checks.html", menu="回访抽查"),
    Page("GET", "/checks.xlsx", Action.CHECKS, "导出回访抽查", desk_checks.export),
    Page("GET", "/checks/{check}", Action.CHECKS, "回访抽查", desk_checks.one, "check.html"),
    Page("POST", "/checks/{check}/call", Action.CHECKS, "抽查呼叫", desk_checks.call, again="/checks/{check}"),
    Page("POST", "/checks/{check}", Action.CHECKS, "登记抽查", desk_checks.record, again="/checks/{check}"),
)
_TASK = "/missed/{task}"
_MISSED = (
    Page("GET", "/missed", Action.MISSED, "未接回拨", desk_missed.listing, "missed.html", menu="未接回拨"),
    Page("GET", "/missed.xlsx", Action.MISSED, "导出未接回拨", desk_missed.export),
    Page("GET", _TASK, Action.MISSED, "未接回拨", desk_missed.task, "missed_task.html"),
    Page("POST", f"{_TASK}/assign", Action.MISSED, "指派", desk_missed.assign, again=_TASK),
    Page("POST", f"{_TASK}/call", Action.MISSED, "呼叫", desk_missed.call, again=_TASK),
    Page("POST", f"{_TASK}/close", Action.MISSED, "关闭", desk_missed.close, again=_TASK),
)
_ARTICLE = "/knowledge/{code}"
_KNOWLEDGE = (
    Page("GET", "/knowledge", Action.KNOWLEDGE_READ, "知识库", desk_knowledge.listing, "knowledge.html", menu="知识库"),
    Page("GET", "/knowledge.xlsx", Action.KNOWLEDGE, "导出知识库", desk_knowledge.export),
    Page("POST", "/knowledge", Action.KNOWLEDGE, "新条目", desk_knowledge.add, again="/knowledge/new/article"),
    Page("POST", "/knowledge/import", Action.KNOWLEDGE, "导入知识库", desk_knowledge.load, again="/knowledge",
         upload=True),
    Page("POST", "/knowledge/start", Action.KNOWLEDGE, "放入起始条目", desk_knowledge.start, again="/knowledge"),
    Page("GET", "/knowledge/new/article", Action.KNOWLEDGE, "新条目", desk_knowledge.new, "article_form.html"),
    Page("GET", _ARTICLE, Action.KNOWLEDGE_READ, "知识库", desk_knowledge.read, "article.html"),
    Page("GET", f"{_ARTICLE}/edit", Action.KNOWLEDGE, "修改条目", desk_knowledge.change, "article_form.html"),
    Page("POST", f"{_ARTICLE}/edit", Action.KNOWLEDGE, "修改条目", desk_knowledge.edit, again=f"{_ARTICLE}/edit"),
)
_MESSAGES = (
    Page("GET", "/messages", Action.MESSAGES, "消息往来", desk_messages.listing, "messages.html", menu="消息"),
    Page("GET", "/messages.xlsx", Action.MESSAGES, "导出消息", desk_messages.export),
)
_REGISTERS = (
    Page("GET", "/units", Action.UNITS_READ, "单位名录", registers.units, "units.html", menu="单位名录"),
    Page("GET", "/units.xlsx", Action.EXPORT, "导出单位名录", desk_exports.units),
    Page("GET", "/accounts.xlsx", Action.ACCOUNTS, "导出账号", desk_exports.accounts),
    Page("GET", "/audit.xlsx", Action.AUDIT, "导出审计记录", desk_exports.audit_log),
    Page("GET", "/calendar", Action.CALENDAR_READ, "工作日历", registers.calendar, "calendar.html", menu="工作日历"),
    Page("GET", "/accounts", Action.ACCOUNTS, "账号管理", registers.account_list, "accounts.html", menu="账号管理"),
    Page("POST", "/accounts", Action.ACCOUNTS, "账号管理", registers.add_account, "accounts.html", again="/accounts",
         slow=True),
    Page("POST", "/accounts/{code}/{change}", Action.ACCOUNTS, "账号管理", registers.change_account, "accounts.html",
         again="/accounts", slow=True),
    Page("GET", "/audit", Action.AUDIT, "审计记录", registers.audit_list, "audit.html", menu="审计记录"),
)
_WEBHOOKS = (
    Page("GET", "/webhooks", Action.WEBHOOKS, "事件推送", desk_webhooks.listing, "webhooks.html", menu="事件推送"),
    Page("GET", "/webhooks.xlsx", Action.WEBHOOKS, "导出推送记录", desk_webhooks.export),
    Page("POST", "/webhooks", Action.WEBHOOKS, "事件推送", desk_webhooks.add, "webhooks.html", again="/webhooks"),
    Page("POST", "/webhooks/{webhook}/remove", Action.WEBHOOKS, "移除推送", desk_webhooks.remove, again="/webhooks"),
    Page("POST", "/webhooks/deliveries/{delivery}/replay", Action.WEBHOOKS, "重新推送", desk_webhooks.replay,
         again="/webhooks"),
)
PAGES: tuple[Page, ...] = (
    *_ENTRY, *_CITIZEN, *_AGENT, *_DESKS, *_TICKETS, *_MOVES, *_SUPERVISOR, *_RUN, *_PEOPLE, *_CHECKS, *_MISSED,
    *_FIGURES, *_REPORTS, *_KNOWLEDGE, *_MESSAGES, *_REGISTERS, *_WEBHOOKS,
)  # fmt: skip
FEEDS: tuple[Feed, ...] = (
    Feed("/agent/feed", Action.SEAT, talk=agent.talk),
    Feed("/supervisor/feed", Action.FLOOR_READ, talk=supervisor.talk),
    Feed("/callbacks/feed", Action.CALLBACKS, source=desk_callbacks.feed),
)
