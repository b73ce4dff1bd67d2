//! Each flag as somebody says it who answers for a ward: what it means, what to do about it, and of what.
//!
//! Apart from the command because `import` says the same of what it has counted.

use domain::{FlagName, Words};

/// What is said of a flag.
#[derive(Debug)]
pub(super) struct Said {
    /// What is so, of one thing and of several.
    pub(super) english: (&'static str, &'static str),
    /// The same.
    pub(super) swedish: (&'static str, &'static str),
    /// What to do then.
    pub(super) to_do: Words,
}

#[expect(clippy::too_many_lines, reason = "a table, one entry a flag")]
pub(super) const fn said(flag: FlagName) -> Said {
    match flag {
        FlagName::EndedWithGrant => Said {
            english: (
                "grant rests on an engagement that has ended",
                "grants rest on engagements that have ended",
            ),
            swedish: (
                "behörighet bygger på en anställning eller ett uppdrag som har upphört",
                "behörigheter bygger på anställningar eller uppdrag som har upphört",
            ),
            to_do: Words::new(
                "End the grant in the source that it comes from, or move it to an engagement that \
                 goes on.",
                "Avsluta behörigheten i källan den kommer från, eller flytta den till en anställning \
                 som fortsätter.",
            ),
        },
        FlagName::ExpiredGrant => Said {
            english: (
                "grant has passed its last day",
                "grants have passed their last day",
            ),
            swedish: (
                "behörighet har passerat sin sista dag",
                "behörigheter har passerat sin sista dag",
            ),
            to_do: Words::new(
                "It gives nothing any more. Take it out of the source, or order a new one if it is \
                 still needed.",
                "Den ger inget längre. Ta bort den ur källan, eller beställ en ny om den fortfarande \
                 behövs.",
            ),
        },
        FlagName::SelfOrdered => Said {
            english: (
                "grant was ordered by the one who got it",
                "grants were ordered by those who got them",
            ),
            swedish: (
                "behörighet är beställd av den som fick den",
                "behörigheter är beställda av dem som fick dem",
            ),
            to_do: Words::new(
                "Let somebody else who is entitled to it stand behind the order, or end the grant.",
                "Låt någon annan som har rätt till det stå för beställningen, eller avsluta \
                 behörigheten.",
            ),
        },
        FlagName::PatientGrantWithoutAnalysis => Said {
            english: (
                "grant opens patient data without a needs-and-risk analysis",
                "grants open patient data without a needs-and-risk analysis",
            ),
            swedish: (
                "behörighet till patientuppgifter saknar behovs- och riskanalys",
                "behörigheter till patientuppgifter saknar behovs- och riskanalys",
            ),
            to_do: Words::new(
                "Make the analysis and give its reference in the source (`needsAndRiskAnalysis`), or \
                 end the grant.",
                "Gör analysen och ange dess beteckning i källan (`needsAndRiskAnalysis`), eller \
                 avsluta behörigheten.",
            ),
        },
        FlagName::WideServerAdmin => Said {
            english: (
                "grant gives server administration over more than a segment",
                "grants give server administration over more than a segment",
            ),
            swedish: (
                "behörighet ger serveradministration vidare än ett segment",
                "behörigheter ger serveradministration vidare än ett segment",
            ),
            to_do: Words::new(
                "It counts within segments only. Order one grant for each segment that is needed, and \
                 end this one.",
                "Serveradministration ges per segment. Beställ en behörighet för varje segment som \
                 behövs, och avsluta den här.",
            ),
        },
        FlagName::GainOfPrivilege => Said {
            english: (
                "thing gave somebody more that is privileged",
                "things gave somebody more that is privileged",
            ),
            swedish: (
                "post gav någon utökad hög behörighet",
                "poster gav någon utökad hög behörighet",
            ),
            to_do: Words::new(
                "Look whether that was meant. If it was, nothing more is needed; if it was not, put it \
                 right in the source and import again.",
                "Se efter om det var meningen. Var det meningen behövs inget mer. Var det inte det, rätta i källan \
                 och importera igen.",
            ),
        },
        FlagName::ExternalWithoutEnd => Said {
            english: (
                "engagement of somebody from outside has no last day",
                "engagements of people from outside have no last day",
            ),
            swedish: (
                "uppdrag för en extern person saknar slutdatum",
                "uppdrag för externa personer saknar slutdatum",
            ),
            to_do: Words::new(
                "Give its last day in the source (`until`).",
                "Ange slutdatum i källan (`until`).",
            ),
        },
        FlagName::VendorWithoutEnd => Said {
            english: (
                "engagement of a supplier's staff has no last day",
                "engagements of suppliers' staff have no last day",
            ),
            swedish: (
                "uppdrag för en leverantörs personal saknar slutdatum",
                "uppdrag för leverantörers personal saknar slutdatum",
            ),
            to_do: Words::new(
                "Give its last day in the source (`until`).",
                "Ange slutdatum i källan (`until`).",
            ),
        },
        FlagName::ExternalWithoutSponsor => Said {
            english: (
                "engagement of somebody from outside has no sponsor here",
                "engagements of people from outside have no sponsor here",
            ),
            swedish: (
                "uppdrag för en extern person saknar ansvarig i regionen",
                "uppdrag för externa personer saknar ansvarig i regionen",
            ),
            to_do: Words::new(
                "Name somebody else who is employed here as the one responsible (`responsible`).",
                "Ange någon annan som är anställd här som ansvarig (`responsible`).",
            ),
        },
        FlagName::TrainingMissing => Said {
            english: (
                "person has not completed the security training",
                "people have not completed the security training",
            ),
            swedish: (
                "person har inte genomfört säkerhetsutbildningen",
                "personer har inte genomfört säkerhetsutbildningen",
            ),
            to_do: Words::new(
                "Let them take it, and give the day in the source (`trainingCompletedOn`).",
                "Se till att utbildningen genomförs, och ange dagen i källan (`trainingCompletedOn`).",
            ),
        },
        FlagName::NoCredential => Said {
            english: (
                "person has nothing to sign in with",
                "people have nothing to sign in with",
            ),
            swedish: (
                "person har inget att logga in med",
                "personer har inget att logga in med",
            ),
            to_do: Words::new(
                "Order a card, and give it in the source (`credentials`).",
                "Beställ ett kort, och ange det i källan (`credentials`).",
            ),
        },
        FlagName::TwoIdsOneHuman => Said {
            english: (
                "human being has several HSA-ids",
                "human beings have several HSA-ids",
            ),
            swedish: ("människa har flera HSA-id", "människor har flera HSA-id"),
            to_do: Words::new(
                "Look whether each is needed, and end the others. Whatever concerns themselves counts \
                 for all of them.",
                "Se efter om alla behövs, och avsluta de andra. Regler om en själv gäller för dem \
                 alla tillsammans.",
            ),
        },
        FlagName::AccountWithoutOwner => Said {
            english: (
                "technical account has no owner",
                "technical accounts have no owner",
            ),
            swedish: (
                "tekniskt konto saknar ägare",
                "tekniska konton saknar ägare",
            ),
            to_do: Words::new(
                "Name somebody who answers for it (`owner`), or close the account.",
                "Ange någon som ansvarar för det (`owner`), eller stäng kontot.",
            ),
        },
        FlagName::UnitWithoutContact => Said {
            english: ("unit has no contact person", "units have no contact person"),
            swedish: ("enhet saknar kontaktperson", "enheter saknar kontaktperson"),
            to_do: Words::new(
                "Give somebody the role that is called `Kontaktperson` over the unit: that is whom \
                 those who are refused turn to.",
                "Ge någon rollen `Kontaktperson` på enheten. Det är den personen som den som nekas \
                 vänder sig till.",
            ),
        },
        FlagName::SegmentWithFewAdmins => Said {
            english: (
                "segment has fewer than two administrators",
                "segments have fewer than two administrators",
            ),
            swedish: (
                "segment har färre än två administratörer",
                "segment har färre än två administratörer",
            ),
            to_do: Words::new(
                "Give one more person server administration over the segment, so that it can be done \
                 when one is away.",
                "Ge ytterligare någon serveradministration på segmentet, så att det fungerar när en \
                 är borta.",
            ),
        },
        FlagName::OwnerMissing => Said {
            english: ("system has no owner", "systems have no owner"),
            swedish: ("system saknar ägare", "system saknar ägare"),
            to_do: Words::new(
                "Let the region appoint one, and give it in the source (`owner`).",
                "Låt regionen utse en, och ange den i källan (`owner`).",
            ),
        },
        FlagName::Unclassified => Said {
            english: ("system is not classified", "systems are not classified"),
            swedish: ("system är inte klassat", "system är inte klassade"),
            to_do: Words::new(
                "Let the owner classify its information (`classification`); until then it is treated \
                 as the second highest class.",
                "Låt systemägaren klassa informationen (`classification`). Till dess behandlas \
                 systemet som den näst högsta klassen.",
            ),
        },
        FlagName::Class4 => Said {
            english: (
                "system is of the highest class",
                "systems are of the highest class",
            ),
            swedish: (
                "system har den högsta klassen",
                "system har den högsta klassen",
            ),
            to_do: Words::new(
                "Make the separate analysis that this class demands (`classification.analysis`).",
                "Gör den särskilda analys som klassen kräver (`classification.analysis`).",
            ),
        },
        FlagName::PasswordLoginPastDate => Said {
            english: (
                "system was to have left passwords by now",
                "systems were to have left passwords by now",
            ),
            swedish: (
                "system skulle ha slutat med lösenord vid det här laget",
                "system skulle ha slutat med lösenord vid det här laget",
            ),
            to_do: Words::new(
                "Sign in with cards there, or let the owner decide on a new day \
                 (`passwordLoginUntil`).",
                "Gå över till kort i systemet, eller låt systemägaren besluta om en ny dag \
                 (`passwordLoginUntil`).",
            ),
        },
        FlagName::VendorWithoutAssessment => Said {
            english: (
                "system lies with a supplier without a valid assessment",
                "systems lie with suppliers without a valid assessment",
            ),
            swedish: (
                "system ligger hos en leverantör utan giltig sekretessbedömning",
                "system ligger hos leverantörer utan giltig sekretessbedömning",
            ),
            to_do: Words::new(
                "Assess whether the supplier may have the patients' data, and bring it as a \
                 `supplierAssessment`.",
                "Bedöm om leverantören får ha patientuppgifterna, och för in det som \
                 `supplierAssessment`.",
            ),
        },
        FlagName::RoleLooksAlike => Said {
            english: (
                "role is called as another one is",
                "roles are called as others are",
            ),
            swedish: ("roll heter som en annan", "roller heter som andra"),
            to_do: Words::new(
                "Give one of them another name, so that nobody orders the wrong one.",
                "Ge den ena ett annat namn, så att ingen beställer fel.",
            ),
        },
        FlagName::SystemLooksAlike => Said {
            english: (
                "system is called as another one is",
                "systems are called as others are",
            ),
            swedish: ("system heter som ett annat", "system heter som andra"),
            to_do: Words::new(
                "Give one of them another name, so that nobody takes one for the other.",
                "Ge det ena ett annat namn, så att ingen förväxlar dem.",
            ),
        },
        FlagName::ServiceLooksAlike => Said {
            english: (
                "service is called as another one is",
                "services are called as others are",
            ),
            swedish: ("tjänst heter som en annan", "tjänster heter som andra"),
            to_do: Words::new(
                "Give one of them another name, so that nobody takes one for the other.",
                "Ge den ena ett annat namn, så att ingen förväxlar dem.",
            ),
        },
        FlagName::ServiceOwnerGone => Said {
            english: (
                "service has an owner who is not employed here",
                "services have owners who are not employed here",
            ),
            swedish: (
                "tjänst har en ägare som inte är anställd här",
                "tjänster har ägare som inte är anställda här",
            ),
            to_do: Words::new(
                "Name somebody who is employed here as its owner (`owner`).",
                "Ange någon som är anställd här som ägare (`owner`).",
            ),
        },
        FlagName::UnknownPermission => Said {
            english: (
                "permission is new and of a kind that nobody has described",
                "permissions are new and of kinds that nobody has described",
            ),
            swedish: (
                "behörighet är ny och av ett slag som ingen har beskrivit",
                "behörigheter är nya och av slag som ingen har beskrivit",
            ),
            to_do: Words::new(
                "It counts as privileged until somebody says otherwise: look at what it opens, and \
                 mark it in the register.",
                "Den räknas som hög tills någon säger något annat. Se efter vad den öppnar, och märk \
                 den i registret.",
            ),
        },
    }
}
