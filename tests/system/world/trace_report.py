"""What `sealpost trace` reports, as JSON."""


def facts_of(report, stage):
    """The facts of a stage's first step by their names."""
    step = next(step for step in report["steps"] if step["stage"] == stage)
    return {fact["name"]: fact["value"] for fact in step["facts"]}
