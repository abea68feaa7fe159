"""What a template may consist of: text, `{{ }}`, if, for over lists of the entry, and set. All else is refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from jinja2 import nodes

from scheduler.rules.template.expressions import CONDITIONS, Expressions, NotAllowed, spelled
from scheduler.rules.template.kinds import DIGEST_NAMES, LISTS, NAMES, Kind

DEEPEST_BLOCKS = 10
DEEPEST_LOOPS = 2

_SHOWN = frozenset({Kind.TEXT, Kind.NUMBER})
_RESERVED = frozenset({*NAMES, *DIGEST_NAMES, "loop"})
_REFUSED: Mapping[type[nodes.Node], str] = {
    nodes.AssignBlock: "write {% set name = … %}, without {% endset %}",
    nodes.Block: "blocks are not possible; a template stands alone",
    nodes.CallBlock: "calls are not possible; use a filter: {{ entry.title|upper }}",
    nodes.Extends: "extends is not possible; a template stands alone",
    nodes.FilterBlock: "filter blocks are not possible; put the filter behind each field: {{ entry.title|upper }}",
    nodes.FromImport: "imports are not possible; a template stands alone",
    nodes.Import: "imports are not possible; a template stands alone",
    nodes.Include: "includes are not possible; a template stands alone",
    nodes.Macro: "macros are not possible; use {% set name = … %}",
    nodes.With: "with is not possible; use {% set name = … %}",
}


@dataclass
class _Scope:
    """The names that are known at a place, and how deep inside blocks it is."""

    names: dict[str, Kind]
    blocks: int = 0
    loops: int = 0

    def inner(self, *, loops: int = 0, **names: Kind) -> "_Scope":
        return _Scope({**self.names, **names}, self.blocks + 1, self.loops + loops)


@dataclass
class Language:
    """Walks through a parsed template. Raises `NotAllowed` at the first thing that no template may have."""

    expressions: Expressions = field(default_factory=Expressions)

    def check(self, tree: nodes.Template, names: dict[str, Kind]) -> None:
        """Look at all of it; `names` are known from the beginning."""
        self._body(tree.body, _Scope(dict(names)))

    def _body(self, body: list[nodes.Node], scope: _Scope) -> None:
        for node in body:
            look = getattr(self, f"_{type(node).__name__.lower()}", None)
            if look is None:
                raise NotAllowed(node, _REFUSED.get(type(node), "this is not possible in a template"))
            if scope.blocks > DEEPEST_BLOCKS:
                raise NotAllowed(node, f"more than {DEEPEST_BLOCKS} blocks inside each other")
            look(node, scope)

    def _output(self, node: nodes.Output, scope: _Scope) -> None:
        for part in node.nodes:
            if isinstance(part, nodes.TemplateData):
                continue
            kind = self.expressions.kind(part, scope.names)
            if kind not in _SHOWN:
                raise NotAllowed(part, f"{spelled(part)} is {kind}, no text; {_INSTEAD[kind]}")

    def _if(self, node: nodes.If, scope: _Scope) -> None:
        """Known behind it is what every branch has set."""
        for test in (node.test, *(branch.test for branch in node.elif_)):
            self.expressions.expect(test, scope.names, CONDITIONS, "if")
        bodies = (node.body, *(branch.body for branch in node.elif_), node.else_)
        first, *others = [self._branch(body, scope) for body in bodies]
        scope.names = {
            name: kind for name, kind in first.items() if all(other.get(name) == kind for other in others)
        }

    def _branch(self, body: list[nodes.Node], scope: _Scope) -> dict[str, Kind]:
        inner = scope.inner()
        self._body(body, inner)
        return inner.names

    def _for(self, node: nodes.For, scope: _Scope) -> None:
        kind = self.expressions.expect(node.iter, scope.names, LISTS, "for")
        if node.recursive:
            raise NotAllowed(node, "recursive loops are not possible")
        if scope.loops >= DEEPEST_LOOPS:
            raise NotAllowed(node, f"more than {DEEPEST_LOOPS} loops inside each other")
        item = {self._new_name(node.target, kind): Kind.ENTRY if kind == Kind.ENTRIES else Kind.TEXT}
        if node.test is not None:
            self.expressions.expect(node.test, {**scope.names, **item}, CONDITIONS, "if")
        self._body(node.body, scope.inner(loops=1, loop=Kind.LOOP, **item))
        self._body(node.else_, scope.inner())

    def _assign(self, node: nodes.Assign, scope: _Scope) -> None:
        kind = self.expressions.expect(node.node, scope.names, CONDITIONS, "set")
        scope.names[self._new_name(node.target, kind)] = kind

    def _new_name(self, target: nodes.Node, kind: Kind) -> str:
        if not isinstance(target, nodes.Name):
            raise NotAllowed(target, "give one name here")
        is_entry = kind == Kind.ENTRIES and target.name == "entry"
        if (target.name in _RESERVED and not is_entry) or target.name.startswith("_"):
            raise NotAllowed(target, f"{target.name!r} cannot be another thing's name; take another one")
        return target.name


_INSTEAD = {
    Kind.FLAG: "use {% if … %}",
    Kind.TEXTS: "write it with a filter, such as |join(', ')",
    Kind.ENTRIES: "write {% for entry in entries %}…{% endfor %}",
    Kind.ENTRY: "say which of its fields, such as .title",
    Kind.FEED: "write feed.title",
    Kind.LOOP: "write loop.index",
}
