"""Which emoji are made of several characters and count as one.

Source: Unicode Technical Standard 51 and its list of sequences for general interchange, version 17, as X's
twitter-text counts them. What is not on that list counts character by character: rather too much than too little.
"""

import re
from itertools import groupby

import regex

_AS_EMOJI = "\ufe0f"
_JOINED = "\u200d"
_TONE = r"\p{Emoji_Modifier}"

_REGIONS = """
    ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bl bm bn bo bq br bs bt bv bw by
    bz ca cc cd cf cg ch ci ck cl cm cn co cp cq cr cu cv cw cx cy cz de dg dj dk dm do dz ea ec ee eg eh er es et
    eu fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu ic id ie il im
    in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mf
    mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk
    pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st sv sx sy sz ta tc
    td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug um un us uy uz va vc ve vg vi vn vu wf ws xk ye yt za zm zw
"""
"""The regions that have a flag."""

_EMOJI_ANYWAY = (
    "\u231a\u231b\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab\u26bd\u26be\u26c4\u26c5"
    "\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2757\u2b1b\u2b1c\u2b50\u2b55\U0001f004\U0001f21a\U0001f22f"
)
"""Those that X's table knows with a needless U+FE0F too."""

_ADULT = "[👨👩🧑]"
_ONE = f"{_ADULT}{_TONE}?"
_TOOLS = f"(?:[⚕⚖✈]{_AS_EMOJI}|[🌾🍳🍼🎄🎓🎤🎨🏫🏭💻💼🔧🔬🚀🚒🦰-🦳🩰]|[🦯🦼🦽](?:{_JOINED}➡{_AS_EMOJI})?)"
_WALKERS = f"[🏃🚶🧎]{_TONE}?"
_PEOPLE = f"[🏃🏄🏊👮👯👰👱👳👷💁💂💆💇🙅-🙇🙋🙍🙎🚣🚴-🚶🤦🤵🤷-🤹🤼-🤾🦸🦹🧍-🧏🧔🧖-🧟]{_TONE}?"
_PEOPLE_IN_TEXT = f"[⛹🏋🏌🕵](?:{_TONE}|{_AS_EMOJI})"
_GENDER = f"[♀♂]{_AS_EMOJI}"
_BETWEEN = f"(?:❤{_AS_EMOJI}(?:{_JOINED}💋)?|🤝|🐰|🫯)"

_ZWJ_SEQUENCES = (
    f"{_ONE}{_JOINED}{_TOOLS}",
    f"{_ONE}{_JOINED}{_BETWEEN}{_JOINED}{_ONE}",
    f"{_ADULT}(?:{_JOINED}{_ADULT})?(?:{_JOINED}[👦👧🧒]){{1,2}}",
    f"(?:{_PEOPLE}|{_PEOPLE_IN_TEXT}){_JOINED}{_GENDER}(?:{_JOINED}➡{_AS_EMOJI})?",
    f"{_WALKERS}{_JOINED}➡{_AS_EMOJI}",
    f"🫱{_TONE}{_JOINED}🫲{_TONE}",
    f"🏳{_AS_EMOJI}{_JOINED}(?:🌈|⚧{_AS_EMOJI})",
    f"👁{_AS_EMOJI}?{_JOINED}🗨{_AS_EMOJI}?",
    f"(?:🏴{_JOINED}☠|🐻{_JOINED}❄|😶{_JOINED}🌫|🙂{_JOINED}[↔↕]){_AS_EMOJI}",
    f"❤{_AS_EMOJI}{_JOINED}[🔥🩹]",
    f"⛓{_AS_EMOJI}{_JOINED}💥",
    f"🐈{_JOINED}⬛|🐕{_JOINED}🦺|🐦{_JOINED}[⬛🔥]|😮{_JOINED}💨|😵{_JOINED}💫|🍋{_JOINED}🟩|🍄{_JOINED}🟫",
)


def _letter(latin: str) -> str:
    return chr(ord("🇦") + ord(latin) - ord("a"))


def _flags() -> str:
    by_first = groupby(_REGIONS.split(), key=lambda region: region[0])
    return "|".join(
        f"{_letter(first)}[{''.join(_letter(region[1]) for region in regions)}]"
        for first, regions in by_first
    )


def _tags(latin: str) -> str:
    return "".join(chr(0xE0000 + ord(letter)) for letter in latin)


SEQUENCE = regex.compile(
    "|".join(
        (
            *_ZWJ_SEQUENCES,
            rf"(?=\p{{Emoji_Modifier_Base}})(?:\P{{Emoji_Presentation}}{_AS_EMOJI}?|\p{{Emoji_Presentation}}){_TONE}",
            rf"(?![0-9#*])(?:(?=\p{{Emoji}})\P{{Emoji_Presentation}}|[{_EMOJI_ANYWAY}]){_AS_EMOJI}",
            f"[0-9#*]{_AS_EMOJI}?\u20e3",
            f"🏴{_tags('gb')}(?:{_tags('eng')}|{_tags('sct')}|{_tags('wls')})\U000e007f",
            _flags(),
        )
    )
)
"""An emoji of several characters."""

_PARTS = re.compile("[\u200d\u20e3\ufe0f\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff\U000e007f]")


def may_have_sequences(text: str) -> bool:
    """Whether it is worth looking for `SEQUENCE`: quick, and never wrongly False."""
    return _PARTS.search(text) is not None
