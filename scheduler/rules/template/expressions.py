"""What may stand between `{{` and `}}`: each expression of a parsed template has a kind, or is refused."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import get_args

from jinja2 import nodes

from scheduler.rules.template.filters import FILTERS, Takes
from scheduler.rules.template.kinds import ENTRY_PARTS, LISTS, PARTS, Kind
from scheduler.rules.template.moments import format_problem
from scheduler.wording import Platform, not_by_its_new_name

TESTS = {"divisibleby": 1, "even": 0, "odd": 0}
"""What may follow `is`, of numbers, and how many values it takes in brackets."""

LARGEST_NUMBER = 1_000_000
LARGEST_COUNT = 10_000
DEEPEST = 30
"""Expressions inside expressions."""

CONDITIONS = frozenset({Kind.TEXT, Kind.NUMBER, Kind.FLAG}) | LISTS
_COMPARED = frozenset({Kind.TEXT, Kind.NUMBER, Kind.FLAG})
_TEXT, _NUMBER = frozenset({Kind.TEXT}), frozenset({Kind.NUMBER})

_OTHER_NAMES = {
    "capitalise": "capitalize", "count": "length", "d": "default", "rstrip": "trim", "strftime": "date",
    "strip": "trim", "title": "titlecase", "truncatewords": "words", "wordcount": "words",
}  # fmt: skip
_REFUSED: Mapping[type[nodes.Node], str] = {
    nodes.Dict: "dictionaries are not possible in a template",
    nodes.List: "a list may only follow 'in'",
    nodes.Pow: "** is not possible in a template",
    nodes.Tuple: "a list may only follow 'in'",
}

Names = Mapping[str, Kind]


class NotAllowed(Exception):
    """A template has something that templates cannot have; the message says where, and what to write."""

    def __init__(self, node: nodes.Node, message: str) -> None:
        super().__init__(f"line {node.lineno}: {message}")


class Expressions:
    """Finds the kind of expressions, and gathers where they use an entry's fields and `hashtags`."""

    def __init__(self) -> None:
        self.used: dict[str, int] = {}
        self._depth = 0

    def kind(self, node: nodes.Node, names: Names) -> Kind:
        """What the expression gives, where `names` are known. Raises `NotAllowed`."""
        look = getattr(self, f"_{type(node).__name__.lower()}", None)
        if look is None:
            raise NotAllowed(node, _REFUSED.get(type(node), "this is not possible in a template"))
        self._depth += 1
        if self._depth > DEEPEST:
            raise NotAllowed(node, "too much is nested here; use {% set %} for a part of it")
        kind: Kind = look(node, names)
        self._depth -= 1
        return kind

    def expect(self, node: nodes.Node, names: Names, wanted: frozenset[Kind], where: str) -> Kind:
        """The expression's kind. Raises `NotAllowed` if it is none of the wanted."""
        kind = self.kind(node, names)
        if kind not in wanted:
            raise NotAllowed(node, f"{where} takes {' or '.join(sorted(wanted))}; {spelled(node)} is {kind}")
        return kind

    def _const(self, node: nodes.Const, _: Names) -> Kind:
        value = node.value
        if value is None:
            raise NotAllowed(node, "'none' is not possible in a template; write '' for no text")
        if isinstance(value, bool):
            return Kind.FLAG
        if isinstance(value, str):
            return Kind.TEXT
        if abs(value) > LARGEST_NUMBER:
            raise NotAllowed(node, f"numbers go up to {LARGEST_NUMBER:,}")
        return Kind.NUMBER

    def _name(self, node: nodes.Name, names: Names) -> Kind:
        if node.name not in names:
            raise NotAllowed(node, _unknown_name(node.name, names))
        if node.name == "hashtags":
            self.used[node.name] = node.lineno
        return names[node.name]

    def _getattr(self, node: nodes.Getattr, names: Names) -> Kind:
        return self._part(node, node.node, node.attr, names)

    def _part(self, node: nodes.Node, whole: nodes.Node, name: str, names: Names) -> Kind:
        kind = self.kind(whole, names)
        parts = PARTS.get(kind)
        if parts is None:
            hint = (
                f"use a filter, as in {{{{ {spelled(whole)}|upper }}}}"
                if kind == Kind.TEXT
                else "see its filters"
            )
            raise NotAllowed(node, f"{spelled(whole)!r} is {kind} and has no {name!r}; {hint}")
        if name not in parts:
            raise NotAllowed(node, f"{spelled(whole)!r} has no {name!r}; there is {', '.join(parts)}")
        if kind == Kind.ENTRY:
            self.used[name] = node.lineno
        return parts[name]

    def _getitem(self, node: nodes.Getitem, names: Names) -> Kind:
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            return self._part(node, node.node, node.arg.value, names)
        kind = self.expect(node.node, names, LISTS | _TEXT, "[ ]")
        if isinstance(node.arg, nodes.Slice):
            bounds = [bound for bound in (node.arg.start, node.arg.stop, node.arg.step) if bound is not None]
        else:
            bounds = [node.arg]
            kind = Kind.ENTRY if kind == Kind.ENTRIES else Kind.TEXT
        if not all(map(_is_whole_number, bounds)):
            raise NotAllowed(node, "in [ ] stand whole numbers, such as [0] or [:2]")
        return kind

    def _filter(self, node: nodes.Filter, names: Names) -> Kind:
        known = FILTERS.get(node.name)
        if known is None or node.node is None:
            raise NotAllowed(node, _unknown("filter", node.name, FILTERS))
        self.expect(node.node, names, known.of, node.name)
        _check_brackets(node, known.needed, len(known.takes))
        for argument, takes in zip(node.args, known.takes, strict=False):
            self._argument(argument, takes, node.name, names)
        return known.gives

    def _argument(self, node: nodes.Node, takes: Takes, name: str, names: Names) -> None:
        kind = self.expect(node, names, _TEXT if takes != Takes.COUNT else _NUMBER, name)
        if takes == Takes.TEXT:
            return
        if not isinstance(node, nodes.Const):
            raise NotAllowed(node, f"{name} takes {kind} that is written out in its brackets")
        if takes == Takes.FORMAT and (problem := format_problem(node.value)):
            raise NotAllowed(node, problem)
        if takes == Takes.COUNT and not (isinstance(node.value, int) and 1 <= node.value <= LARGEST_COUNT):
            raise NotAllowed(node, f"{name} takes a whole number from 1 to {LARGEST_COUNT:,}")

    def _test(self, node: nodes.Test, names: Names) -> Kind:
        if node.name not in TESTS:
            raise NotAllowed(node, _unknown("test", node.name, TESTS))
        self.expect(node.node, names, _NUMBER, node.name)
        _check_brackets(node, TESTS[node.name], TESTS[node.name])
        for argument in node.args:
            self.expect(argument, names, _NUMBER, node.name)
        return Kind.FLAG

    def _condexpr(self, node: nodes.CondExpr, names: Names) -> Kind:
        self.expect(node.test, names, CONDITIONS, "if")
        if node.expr2 is None:
            raise NotAllowed(node, "an if inside {{ }} needs an else, such as else ''")
        return self._either(node.expr1, node.expr2, names)

    def _and(self, node: nodes.And, names: Names) -> Kind:
        return self._either(node.left, node.right, names)

    def _or(self, node: nodes.Or, names: Names) -> Kind:
        return self._either(node.left, node.right, names)

    def _either(self, left: nodes.Node, right: nodes.Node, names: Names) -> Kind:
        """One of two values: of no use but as a condition where they are of different kinds."""
        kinds = {self.expect(side, names, CONDITIONS, "a condition") for side in (left, right)}
        return kinds.pop() if len(kinds) == 1 else Kind.FLAG

    def _not(self, node: nodes.Not, names: Names) -> Kind:
        self.expect(node.node, names, CONDITIONS, "not")
        return Kind.FLAG

    def _compare(self, node: nodes.Compare, names: Names) -> Kind:
        left = node.expr
        for operand in node.ops:
            self._compared(left, operand, names)
            left = operand.expr
        return Kind.FLAG

    def _compared(self, left: nodes.Node, operand: nodes.Operand, names: Names) -> None:
        right = operand.expr
        kind = self.expect(left, names, _COMPARED, "a comparison")
        if operand.op not in ("in", "notin"):
            self.expect(right, names, frozenset({kind}), f"a comparison with {kind}")
        elif isinstance(right, (nodes.List, nodes.Tuple)):
            for choice in right.items:
                self.expect(choice, names, frozenset({kind}), f"the list for {kind}")
        else:
            self.expect(right, names, _TEXT | {Kind.TEXTS}, "in")
        _check_networks(left, right)

    def _arithmetic(self, node: nodes.BinExpr, names: Names) -> Kind:
        for side in (node.left, node.right):
            if self.kind(side, names) != Kind.NUMBER:
                hint = "; join texts with ~" if node.operator == "+" else ""
                raise NotAllowed(side, f"{node.operator} is for numbers{hint}")
        return Kind.NUMBER

    _add = _sub = _mul = _div = _floordiv = _mod = _arithmetic

    def _neg(self, node: nodes.UnaryExpr, names: Names) -> Kind:
        return self.expect(node.node, names, _NUMBER, "-")

    def _concat(self, node: nodes.Concat, names: Names) -> Kind:
        for part in node.nodes:
            self.expect(part, names, _TEXT | _NUMBER, "~")
        return Kind.TEXT

    def _call(self, node: nodes.Call, _: Names) -> Kind:
        method = node.node.attr if isinstance(node.node, nodes.Getattr) else ""
        name = _OTHER_NAMES.get(method, method)
        whole = spelled(node.node.node) if isinstance(node.node, nodes.Getattr) else "entry.title"
        example = f"{whole}|{name}" if name in FILTERS else "entry.title|upper"
        raise NotAllowed(node, f"calls are not possible; use a filter: {{{{ {example} }}}}")


def spelled(node: nodes.Node | None) -> str:
    """A short expression as the template has it; `this` stands for a longer one."""
    match node:
        case nodes.Name():
            return node.name
        case nodes.Getattr():
            return f"{spelled(node.node)}.{node.attr}"
        case nodes.Filter(node=nodes.Node()):
            return f"{spelled(node.node)}|{node.name}"
        case nodes.Const():
            return repr(node.value)
    return "this"


def _is_whole_number(node: nodes.Node) -> bool:
    number = node.node if isinstance(node, nodes.Neg) else node
    return isinstance(number, nodes.Const) and type(number.value) is int


def _check_brackets(node: nodes.Filter | nodes.Test, least: int, most: int) -> None:
    if node.kwargs or node.dyn_args is not None or node.dyn_kwargs is not None:
        raise NotAllowed(node, f"the values in the brackets of {node.name} have no names or stars")
    if not least <= len(node.args) <= most:
        takes = f"{least} or {most} values" if least < most else f"{most} value{'s' * (most != 1)}"
        raise NotAllowed(node, f"{node.name} takes {takes} in its brackets, not {len(node.args)}")


def _check_networks(*sides: nodes.Node) -> None:
    """Raise `NotAllowed` where `network` is compared with what is none."""
    if not any(isinstance(side, nodes.Name) and side.name == "network" for side in sides):
        return
    for constant in _constants(sides):
        try:
            not_by_its_new_name(constant.value)
        except ValueError as error:
            raise NotAllowed(constant, str(error)) from None
        if constant.value not in get_args(Platform):
            raise NotAllowed(constant, _unknown("network", str(constant.value), get_args(Platform)))


def _constants(sides: Iterable[nodes.Node]) -> Iterator[nodes.Const]:
    for side in sides:
        items = side.items if isinstance(side, (nodes.List, nodes.Tuple)) else [side]
        yield from (item for item in items if isinstance(item, nodes.Const))


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    known = sorted(known)
    close = [_OTHER_NAMES[name]] if name in _OTHER_NAMES else get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"there is no {what} {name!r}; {hint}there is {', '.join(known)}"


def _unknown_name(name: str, names: Names) -> str:
    if name == "entry" and "entries" in names:
        return "'entry' is unknown here: a digest has several; write {% for entry in entries %}…{% endfor %}"
    hint = f"; did you mean entry.{name}?" if name in ENTRY_PARTS and "entry" in names else ""
    return f"{name!r} is unknown; there is {', '.join(names)}{hint}"
