"""What was measured, as a table for `RESULTS.md`."""

import statistics

PEER = "cerbos"


def each(rounds, name, digits=0):
    return " · ".join(f"{one[name]:,.{digits}f}".replace(",", " ") for one in rounds)


def middle(rounds, name):
    return statistics.median(one[name] for one in rounds)


def of(asked, measured, alone):
    lines = [
        f"{asked.employees} employees, {asked.people} different people asked about, {asked.connections} connections, "
        f"{asked.rounds} rounds of {asked.seconds} s.",
        "",
        "| | requests a second | p50, ms | p99, ms | one caller, mean ms |",
        "|---|---|---|---|---|",
    ]
    for name, rounds in measured.items():
        lines.append(f"| {name} | {each(rounds, 'rate')} | {each(rounds, 'p50')} | {each(rounds, 'p99')} | "
                     f"{each(alone[name], 'mean', 2)} |")
    if PEER in measured:
        lines += ["", f"| against {PEER}, medians | rate | p99 |", "|---|---|---|"]
        for name, rounds in measured.items():
            if name != PEER:
                rate = middle(rounds, "rate") / middle(measured[PEER], "rate")
                late = middle(rounds, "p99") / middle(measured[PEER], "p99")
                lines.append(f"| {name} | {rate:.2f} | {late:.2f} |")
    return "\n".join(lines)
