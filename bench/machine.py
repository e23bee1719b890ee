"""The machine, as every page of results names it."""
import platform


def describe_machine():
    info = open("/proc/cpuinfo").read().splitlines()
    model = next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), "unknown CPU")
    count = sum(line.startswith("processor") for line in info)
    return f"{model}, {count} cores, shared with other work; Linux {platform.release().split('-')[0]}"
