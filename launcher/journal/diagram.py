"""The life of a launch as a picture, made from the one table that decides it."""

from launcher.journal.lifecycle import RESULTS, TRANSITIONS, State


def mermaid() -> str:
    """A Mermaid state diagram of `TRANSITIONS`; several steps between two states share an arrow."""
    arrows: dict[tuple[State, State], list[str]] = {}
    for (before, step), after in TRANSITIONS.items():
        arrows.setdefault((before, after), []).append(step.value.replace(":", ""))
    lines = ["stateDiagram-v2", f"    [*] --> {State.PLANNED}"]
    lines += [f"    {before} --> {after}: {', '.join(steps)}" for (before, after), steps in arrows.items()]
    lines += [f"    {state} --> [*]" for state in RESULTS]
    return "\n".join(lines)
