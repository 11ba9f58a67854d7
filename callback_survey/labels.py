"""Questions and answers of callbacks in the words that people read."""

from __future__ import annotations

from collections.abc import Mapping

TITLES: Mapping[str, str] = {
    "identity": "是否本人？", "consent": "现在是否方便？", "when": "何时再打？", "contacted": "承办单位是否与您联系？",
    "solved": "问题是否解决？", "truthful": "答复情况是否属实？", "satisfied": "对办理结果是否满意？",
    "reason": "不满意的原因", "rating": "对本次服务评价", "rating-reason": "不满意的原因",
}  # fmt: skip
ANSWERS: Mapping[tuple[str, str], str] = {
    ("identity", "yes"): "是本人", ("identity", "no"): "不是本人", ("consent", "now"): "方便",
    ("consent", "later"): "稍后再打", ("consent", "never"): "不再回访", ("when", "morning"): "上午",
    ("when", "afternoon"): "下午", ("when", "evening"): "晚上", ("when", "another-day"): "改天",
    ("contacted", "yes"): "已联系", ("contacted", "no"): "未联系", ("solved", "yes"): "已解决",
    ("solved", "partly"): "部分解决", ("solved", "no"): "未解决", ("truthful", "yes"): "属实",
    ("truthful", "no"): "不属实", ("satisfied", "1"): "非常满意", ("satisfied", "2"): "满意",
    ("satisfied", "3"): "基本满意", ("satisfied", "4"): "不满意", ("satisfied", "5"): "非常不满意",
    ("rating", "1"): "非常满意", ("rating", "2"): "满意", ("rating", "3"): "基本满意", ("rating", "4"): "不满意",
    ("rating", "5"): "非常不满意",
}  # fmt: skip
CHECKED: Mapping[str, str] = {"called": "承办单位是否真的回访过您？"}
BY: Mapping[str, str] = {"key": "按键", "speech": "语音", "voice": "录音", "web": "网络"}
