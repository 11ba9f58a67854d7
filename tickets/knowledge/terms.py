"""The words of the knowledge base."""

from __future__ import annotations

from tickets.terms import Term


class ArticleState(Term):
    """What a version of an article is for: to be worked on, to answer from, no longer to be answered from."""

    DRAFT = "draft", "草稿"
    PUBLISHED = "published", "已发布"
    WITHDRAWN = "withdrawn", "已撤下"


class Expiry(Term):
    """Whether the article in force runs out: not for now, within the days of the setting, already."""

    NONE = "", "有效"
    SOON = "soon", "即将到期"
    OVER = "over", "已过期"
