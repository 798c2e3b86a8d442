"""Coordinates of the drawing of an inclusion path, in pixels; `audit/_inclusion_path_drawing.html` draws it."""

from typing import Any

from audit.tree.inclusion_path import InclusionPath

_ACROSS, _UP, _RADIUS, _EDGE = 28, 22, 5, 12


def drawing_of(path: InclusionPath) -> dict[str, Any]:
    """Return the nodes that are computed, the siblings that the proof brings, and the lines between them."""
    x, y = 0, 0
    nodes, lines, siblings = [(x, y)], [], []
    for step in path.steps:
        beside = x - _ACROSS if step.left else x + _ACROSS
        above = ((x + beside) // 2, y - _UP)
        lines += [(x, y, *above), (beside, y, *above)]
        siblings.append({"x": beside - _RADIUS, "y": y - _RADIUS, "first": step.start, "last": step.end - 1})
        x, y = above
        nodes.append(above)
    left = min([x for x, _y in nodes] + [each["x"] for each in siblings]) - _EDGE
    right = max([x for x, _y in nodes] + [each["x"] + 2 * _RADIUS for each in siblings]) + _EDGE
    return {
        "left": left,
        "top": y - _EDGE,
        "width": right - left,
        "height": 2 * _EDGE - y,
        "lines": lines,
        "siblings": siblings,
        "nodes": nodes,
        "radius": _RADIUS,
        "size": 2 * _RADIUS,
    }
