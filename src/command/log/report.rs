//! The page that `behorig log verify` prints: what was checked, whose word it rests on, and what it does
//! not prove.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use domain::Words;
use domain::speaks::{events, joined, verbatim, words};
use transparency::bundle::{Checked, KeptResult, Tally, Trust, TrustedKey, Verdict};
use transparency::note::VerifierKey;

/// How many names of a tally are shown.
const SHOWN: usize = 6;

/// What even a good verdict does not say.
const NOT_PROVED: Words = Words::part(
    "
What this does not prove
  - that nothing was left out before it was recorded, or that what was recorded is true
  - that nothing was recorded after the last event above: compare with the newest checkpoint
  - that the log was never rewritten by whoever holds its private key: keep checkpoints
    outside and give them with `--checkpoint`
  - anything about a value that is not in the bundle, nor when it was erased",
    "
Det här bevisar inte
  - att inget utelämnades innan det sparades, eller att det som sparades är sant
  - att inget sparades efter den sista händelsen ovan: jämför med den senaste kontrollpunkten
  - att loggen aldrig har skrivits om av den som har dess privata nyckel: spara
    kontrollpunkter utanför och ange dem med `--checkpoint`
  - något om ett värde som inte finns i bevisfilen, eller när det raderades",
);

/// The page.
pub(super) fn page(verdict: &Verdict, checked: &Checked) -> Words {
    let good = Words::part(
        "GOOD: these are the events that were recorded",
        "GOOD: det här är händelserna som sparades",
    );
    let line = headline(verdict, good);
    let mut lines = vec![words!("{line}\n", "{line}\n", line)];
    if checked.keys.is_empty() {
        return joined(lines, "\n");
    }
    lines.extend(extent(verdict, checked));
    lines.extend(keys(&checked.keys, &checked.beyond));
    if checked.events > 0 {
        lines.extend(contents(checked));
    }
    lines.push(NOT_PROVED);
    joined(lines, "\n")
}

/// The events from one to before another, in words.
pub(super) fn range(from: u64, to: u64) -> Words {
    if to > from {
        words!(
            "{from} to {last}",
            "{from} till {last}",
            from,
            last = to - 1
        )
    } else {
        Words::part("none", "inga")
    }
}

/// What a tally is called, and what each of its names is.
type Told<'a> = (Words, &'a Tally, fn(&str) -> Words);

fn contents(checked: &Checked) -> Vec<Words> {
    let mut lines = vec![Words::part("\nWhat was read", "\nDet som lästes")];
    let tallies: [Told<'_>; 5] = [
        (Words::part("events", "händelser"), &checked.kinds, kind),
        (Words::part("answers", "svar"), &checked.outcomes, outcome),
        (
            Words::part("decided by", "avgjort av"),
            &checked.reasons,
            reason,
        ),
        (
            Words::part("policy sets", "regler"),
            &checked.policies,
            |name| verbatim(name),
        ),
        (Words::part("asked by", "frågat av"), &checked.askers, asker),
    ];
    for (name, tally, says) in tallies {
        lines.extend(tally_lines(&name, tally, says));
    }
    lines.push(words!(
        "  values       {values}",
        "  värden       {values}",
        values = values(checked)
    ));
    lines.push(words!(
        "  facts        {facts}",
        "  underlag     {facts}",
        facts = facts(checked)
    ));
    lines
}

/// What a page begins with: the verdict, or what is good.
pub(super) fn headline(verdict: &Verdict, good: Words) -> Words {
    match verdict {
        Verdict::Good => good,
        Verdict::Tampered(tampered) => {
            words!("TAMPERED: {tampered}", "TAMPERED: {tampered}", tampered)
        }
        Verdict::Incomplete(what) => words!("INCOMPLETE: {what}", "INCOMPLETE: {what}", what),
        Verdict::CouldNotRun(what) => {
            words!(
                "COULD NOT VERIFY: {what}",
                "GICK INTE ATT VERIFIERA: {what}",
                what
            )
        }
    }
}

fn extent(verdict: &Verdict, checked: &Checked) -> Vec<Words> {
    let read = if *verdict == Verdict::Good {
        verbatim("")
    } else {
        words!(
            ", of which {events} were read",
            ", varav {events} lästes",
            events = checked.events
        )
    };
    let mut lines = vec![
        words!(
            "log            {origin}",
            "logg           {origin}",
            origin = verbatim(&checked.origin)
        ),
        words!(
            "events         {range} of the {size} there were{read}",
            "händelser      {range} av de {size} som fanns{read}",
            range = range(checked.from, checked.to),
            size = checked.size,
            read
        ),
    ];
    if let Some((first, last)) = checked.time {
        lines.push(words!(
            "recorded       {first} to {last}",
            "sparade        {first} till {last}",
            first,
            last
        ));
    }
    if let Some(root) = checked.root {
        lines.push(words!(
            "root           {root}",
            "rot            {root}",
            root = verbatim(STANDARD.encode(root))
        ));
        lines.push(words!(
            "checkpoints    that of {size}, and {more} on the way; each signed by the log's key of its time",
            "kontrollpunkter den för {size}, och {more} dessförinnan. Var och en är signerad med loggens dåvarande nyckel.",
            size = events(checked.size),
            more = checked.checkpoints
        ));
    }
    lines.extend(kept_lines(verdict, &checked.kept));
    lines
}

/// The keys of the log, and those that were given and are none of them here.
pub(super) fn keys(keys: &[TrustedKey], beyond: &[VerifierKey]) -> Vec<Words> {
    let mut lines = vec![Words::part("\nKeys of the log", "\nLoggens nycklar")];
    lines.extend(keys.iter().map(key_lines));
    lines.extend(beyond.iter().map(beyond_lines));
    lines
}

/// What came of the checkpoints that were kept.
pub(super) fn kept_lines(verdict: &Verdict, results: &[(u64, KeptResult)]) -> Vec<Words> {
    if results.is_empty() {
        return vec![Words::part(
            "kept           no checkpoint was given",
            "sparad         ingen kontrollpunkt angavs",
        )];
    }
    let line = |(size, result): &(u64, KeptResult)| {
        words!(
            "kept           that of {size} {says}",
            "sparad         den för {size} {says}",
            size = events(*size),
            says = kept(verdict, *result)
        )
    };
    results.iter().map(line).collect()
}

/// What came of a checkpoint that was kept.
const fn kept(verdict: &Verdict, result: KeptResult) -> Words {
    match result {
        KeptResult::Agrees | KeptResult::AgreesUnsigned | KeptResult::Lost
            if !matches!(verdict, Verdict::Good) =>
        {
            Words::part("was given", "angavs")
        }
        KeptResult::Agrees => Words::part(
            "agrees, and is signed by the log's key",
            "stämmer och är signerad med loggens nyckel",
        ),
        KeptResult::AgreesUnsigned => Words::part(
            "agrees; it is not signed by a key of the log, so it is worth what its keeper is worth",
            "stämmer. Den är inte signerad med någon av loggens nycklar, så den är värd lika mycket som den som har \
             sparat den.",
        ),
        KeptResult::Lost => Words::part(
            "is of what a restore from backup has lost, as the log accounts for",
            "gäller det som gick förlorat i en återläsning, som loggen redovisar",
        ),
        KeptResult::NotCovered => Words::part(
            "is not covered by this file",
            "omfattas inte av den här bevisfilen",
        ),
        KeptResult::Beyond => Words::part(
            "is of more events than this file knows of",
            "gäller fler händelser än bevisfilen känner till",
        ),
    }
}

fn key_lines(key: &TrustedKey) -> Words {
    let why = match key.trust {
        Trust::Given => Words::part("given by you", "angiven av dig"),
        Trust::FollowsGiven => Words::part(
            "endorsed by a key that you gave, or by one that it endorsed",
            "signerad med en nyckel som du angav, eller med en som den har signerat",
        ),
        Trust::LogsWord => Words::part(
            "on the log's own word: compare it with the one you have, or give that with `--key`",
            "enligt loggens eget ord: jämför den med den du har, eller ange den med `--key`",
        ),
        Trust::Nobody => Words::part(
            "endorsed by nobody: the key before it was lost",
            "inte signerad av någon: nyckeln före gick förlorad",
        ),
    };
    words!(
        "  from event {seq}: {key}\n    {why}",
        "  från händelse {seq}: {key}\n    {why}",
        seq = key.introduced.seq,
        key = verbatim(&key.introduced.key),
        why
    )
}

/// A key that was given, and that the bundle says nothing of.
fn beyond_lines(key: &VerifierKey) -> Words {
    words!(
        "  not introduced here: {key}\n    given by you",
        "  inte införd här: {key}\n    angiven av dig",
        key = verbatim(key)
    )
}

/// What an event of that kind is.
fn kind(name: &str) -> Words {
    match name {
        "decision" => Words::part("decision", "beslut"),
        "change" => Words::part("change", "ändring"),
        "operation" => Words::part("operation", "driftåtgärd"),
        "policy" => Words::part("policy", "ändring av regler"),
        _ => verbatim(name),
    }
}

/// What was answered.
fn outcome(name: &str) -> Words {
    match name {
        "allow" => Words::part("allow", "tillåtet"),
        "deny" => Words::part("deny", "nekat"),
        _ => verbatim(name),
    }
}

/// What a decision rests on: a policy by its id, or none.
fn reason(policy: &str) -> Words {
    if policy.is_empty() {
        Words::part("no policy permits it", "ingen regel tillåter det")
    } else {
        verbatim(policy)
    }
}

/// Who asked; whoever has asked for nobody else has no name.
fn asker(name: &str) -> Words {
    if name.is_empty() {
        Words::part("the principals themselves", "de som frågan gäller")
    } else {
        verbatim(name)
    }
}

fn tally_lines(name: &Words, tally: &Tally, says: fn(&str) -> Words) -> Vec<Words> {
    let (top, rest) = tally.top(SHOWN);
    let mut lines = Vec::new();
    for (index, (what, count)) in top.iter().enumerate() {
        let name = if index == 0 {
            name.clone()
        } else {
            verbatim("")
        };
        let what = says(what);
        lines.push(words!(
            "  {name:<12} {count:>10}  {what}",
            "  {name:<12} {count:>10}  {what}",
            name,
            count,
            what
        ));
    }
    if rest > 0 {
        lines.push(words!(
            "               {rest:>10}  others",
            "               {rest:>10}  andra",
            rest
        ));
    }
    lines
}

fn values(checked: &Checked) -> Words {
    if checked.values {
        words!(
            "{shown} held against the events; {away} erased before the export",
            "{shown} jämförda med händelserna, {away} raderade före exporten",
            shown = checked.values_shown,
            away = checked.values_away
        )
    } else {
        words!(
            "{away} stayed at home; only what commits to them is here",
            "{away} är inte med, bara deras kontrollsummor",
            away = checked.values_away
        )
    }
}

fn facts(checked: &Checked) -> Words {
    if checked.values {
        words!(
            "{shown} held against the events; {away} times one was erased before the export",
            "{shown} jämförda med händelserna, {away} gånger var ett raderat före exporten",
            shown = checked.facts_shown,
            away = checked.facts_away
        )
    } else {
        Words::part(
            "stayed at home; only what commits to them is here",
            "inte med, bara deras kontrollsummor",
        )
    }
}
