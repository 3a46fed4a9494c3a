"""The reference answers, a module per chapter. Where the library has the function, that is the answer."""

import ast
import inspect
from importlib import import_module


def answer_source(exercise_id: str) -> str:
    """The source of a reference answer that runs in an empty notebook: with its imports and helpers.

    Raises: ValueError for an id that has no answer.
    """
    chapter, _, name = exercise_id.partition(".")
    try:
        answer = getattr(import_module(f"{__name__}.{chapter}"), name)
    except (ModuleNotFoundError, AttributeError):
        raise ValueError(f"the id should be that of an exercise, such as start.to_pixels, got {exercise_id!r}; "
                         f"write its answer into t2ilib/exercises/answers/{chapter}.py") from None
    return _self_contained(inspect.getsource(inspect.getmodule(answer)), answer.__name__)


def _self_contained(module: str, name: str) -> str:
    """A definition out of the source of a module, after everything of that module which it uses."""
    statements = {bound: node for node in ast.parse(module).body for bound in _bound_names(node)}
    needed, waiting = set(), {name}
    while waiting:
        needed |= waiting
        waiting = {used for one in waiting for used in _used_names(statements[one]) if used in statements} - needed
    nodes = sorted({statements[one] for one in needed}, key=lambda node: node.lineno)
    imports = [_pruned(node, needed) for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    others = [_text(module, node) for node in nodes if not isinstance(node, ast.Import | ast.ImportFrom)]
    return "\n\n\n".join(["\n".join(imports)] * bool(imports) + others)


def _bound_names(node: ast.stmt) -> list[str]:
    """The names that a statement of a module gives a meaning to."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    return [part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)]


def _used_names(node: ast.stmt) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _pruned(node: ast.Import | ast.ImportFrom, needed: set[str]) -> str:
    """An import without the names that are not needed."""
    node.names = [alias for alias in node.names if (alias.asname or alias.name.partition(".")[0]) in needed]
    return ast.unparse(node)


def _text(module: str, node: ast.stmt) -> str:
    """A statement as it was written, with its decorators."""
    first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
    return "\n".join(module.splitlines()[first - 1:node.end_lineno])
