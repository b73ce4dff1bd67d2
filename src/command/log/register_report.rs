//! The page that `behorig log verify` prints of a proof about the register: what was so, after which event, whose word
//! it rests on, and what it does not prove.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::report;
use domain::Words;
use domain::speaks::{events, joined, verbatim, words};
use transparency::bundle::Verdict;
use transparency::register_proof::{Found, Shown, Told, Was};

/// What even a good verdict does not say.
const NOT_PROVED: Words = Words::part(
    "  - that the change above was the last one about it: an earlier one may have told the same
  - when a value was erased, or, where one is missing, that it was
  - that what was recorded is true, or that nothing was left out before it was recorded
  - that the log was never rewritten by whoever holds its private key: keep checkpoints
    outside and give them with `--checkpoint`",
    "  - att ändringen ovan var den senaste om posten: en tidigare kan ha berättat samma sak
  - när ett värde raderades eller, om ett saknas, att det raderades
  - att det som sparades är sant, eller att inget utelämnades innan det sparades
  - att loggen aldrig har skrivits om av den som har dess privata nyckel: spara
    kontrollpunkter utanför och ange dem med `--checkpoint`",
);

/// The page.
pub(super) fn page(verdict: &Verdict, found: &Found) -> Words {
    let line = report::headline(verdict, good(found));
    let mut lines = vec![words!("{line}\n", "{line}\n", line)];
    if found.keys.is_empty() {
        return joined(lines, "\n");
    }
    lines.extend(extent(verdict, found));
    lines.extend(report::kept_lines(verdict, &found.kept));
    if let Some(was) = &found.was {
        lines.extend(what_it_was(was));
    }
    lines.extend(report::keys(&found.keys, &found.beyond));
    lines.push(Words::part(
        "\nWhat this does not prove",
        "\nDet här bevisar inte",
    ));
    lines.extend(found.root.is_some().then(|| later(found)));
    lines.push(NOT_PROVED);
    joined(lines, "\n")
}

/// The answer, where everything holds.
fn good(found: &Found) -> Words {
    match &found.was {
        None => Words::part(
            "GOOD: it was not in the register",
            "GOOD: den fanns inte i registret",
        ),
        Some(was) if was.erased().next().is_some() => Words::part(
            "GOOD: it was in the register, and personal values of it have been erased",
            "GOOD: den fanns i registret, och personuppgifter i den har raderats",
        ),
        Some(_) => Words::part(
            "GOOD: it was in the register",
            "GOOD: den fanns i registret",
        ),
    }
}

fn extent(verdict: &Verdict, found: &Found) -> Vec<Words> {
    let mut lines = vec![
        words!(
            "log            {origin}",
            "logg           {origin}",
            origin = verbatim(&found.origin)
        ),
        words!(
            "of             {id}",
            "gäller         {id}",
            id = verbatim(&found.id)
        ),
    ];
    if let Some(root) = found.root {
        lines.push(match &found.after {
            Some(told) => words!(
                "after          {told}",
                "efter          {told}",
                told = event(told)
            ),
            None => Words::part(
                "after          nothing: before the log's first change, when the register was empty",
                "efter          inget: före loggens första ändring, när registret var tomt",
            ),
        });
        lines.push(words!(
            "root           {root}, of the register then",
            "rot            {root}, registrets vid den tiden",
            root = verbatim(STANDARD.encode(root))
        ));
    }
    if *verdict == Verdict::Good {
        lines.push(words!(
            "checkpoint     that of {size}, signed by the log's key of its time",
            "kontrollpunkt  den för {size}, signerad med loggens dåvarande nyckel",
            size = events(found.size)
        ));
    }
    lines
}

fn event(told: &Told) -> Words {
    words!(
        "event {seq}, recorded {at}",
        "händelse {seq}, sparad {at}",
        seq = told.seq,
        at = told.recorded_at
    )
}

fn what_it_was(was: &Was) -> Vec<Words> {
    let mut lines = vec![
        Words::part("\nWhat it was", "\nVad den var"),
        words!(
            "  told by      {told}",
            "  enligt       {told}",
            told = event(&was.told)
        ),
        words!(
            "  in clear     {state}",
            "  i klartext   {state}",
            state = verbatim(&was.state)
        ),
    ];
    let line = |(name, shown): &(String, Shown)| {
        words!(
            "  {name:<12} {shown}",
            "  {name:<12} {shown}",
            name = verbatim(name),
            shown = value(shown)
        )
    };
    lines.extend(was.personal.iter().map(line));
    lines
}

fn value(shown: &Shown) -> Words {
    match shown {
        Shown::Value(value) => verbatim(value),
        Shown::Erased => Words::part(
            "erased; what commits to it is there",
            "raderat; kontrollsumman finns kvar",
        ),
        Shown::Away => Words::part(
            "stayed at home; what commits to it is there",
            "inte med; kontrollsumman finns",
        ),
    }
}

/// That it says nothing of what came after.
fn later(found: &Found) -> Words {
    let from = found.after.map_or(0, |told| told.seq + 1);
    words!(
        "  - what was so once the register changed again: a bundle from event {from} on shows whether it
    has by then, and so that no later change was kept back",
        "  - hur det var när registret hade ändrats igen: en bevisfil från händelse {from} visar om det
    har det, och därmed att ingen senare ändring har hållits inne",
        from
    )
}
