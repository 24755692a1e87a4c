//! Owns who a customer is: name, addresses, numbers, company, what they bought, all from (seed, index) alone. Does not
//! write their conversations (`threads`) nor their record (`customer`).
//!
//! Invariant: nothing here depends on another customer, so any customer of a world of any size can be made on demand.

use super::{
    Plan,
    ids::{self, Space},
    material::{Locale, NameOrder, Role, Spelled, material},
    rng::{self, Rng},
};

/// A customer before any record is written.
#[derive(Debug)]
pub(super) struct Person {
    pub index: usize,
    pub id: String,
    pub name: String,
    pub first: String,
    pub last: String,
    pub locale: &'static Locale,
    /// The language they write in, as in the material.
    pub lang: &'static str,
    pub email: String,
    pub phone: String,
    pub has_whatsapp: bool,
    pub external_id: String,
    /// The region of the tenant, for those who are one.
    pub region: Option<&'static str>,
    pub company: Option<Company>,
    /// Every write on a locked customer fails at the desk.
    pub locked: bool,
    pub role: Option<&'static Role>,
}

/// The company a customer belongs to. Its record is written with its first customer.
#[derive(Clone, Debug)]
pub(super) struct Company {
    pub index: usize,
    pub id: String,
    pub name: String,
    pub domain: String,
    /// The position of this customer among its customers.
    pub member: usize,
}

/// Ten customers at a time share companies in one of these patterns; `-1` has none.
const BLOCKS: [[i8; 10]; 4] = [
    [0, 0, 0, 1, -1, 2, 2, -1, 3, -1],
    [0, 0, 0, 0, 0, 0, 1, -1, 2, -1],
    [0, -1, 1, 1, -1, 2, -1, 3, 3, 3],
    [0, 0, -1, 1, 1, 1, 1, -1, 2, 3],
];

/// Of fifty customers in a row, how many are tenants of each region; the rest are users.
const TENANTS: [(&str, usize); 3] = [("eu-west", 22), ("us-east", 2), ("ap-south", 2)];

/// The customer at an index.
pub(super) fn person(plan: &Plan, index: usize) -> Person {
    let mut rng = Rng::new(plan.seed, 1, index as u64);
    let role = material().cast.get(&index);
    let locale = match role {
        Some(role) => locale(&role.locale),
        None => rng.weighted(&material().people.locales, |locale| locale.weight),
    };
    let given = rng.pick(&locale.given);
    let family = rng.pick(&locale.family);
    let (given, family) = role.map_or((given, family), |role| (&role.given, &role.family));
    let company = company(plan, index);
    let email = email(index, company.as_ref(), &given.latin, &family.latin);
    let (external_id, region) = external_id(plan, index, role);
    Person {
        index,
        id: ids::derived(plan.seed, Space::Customer, index as u64, 0),
        name: full_name(role.and_then(|role| role.order).unwrap_or(locale.order), given, family),
        first: given.native.clone(),
        last: family.native.clone(),
        locale,
        lang: if rng.chance(70) || role.is_some() { &locale.lang } else { "en" },
        email,
        phone: phone(locale, index),
        has_whatsapp: rng.chance(45) || index == 0,
        external_id,
        region,
        company,
        locked: role.is_none() && rng::mix(plan.seed ^ index as u64) % 33 == 0,
        role,
    }
}

fn locale(code: &str) -> &'static Locale {
    let locales = &material().people.locales;
    locales.iter().find(|locale| locale.code == code).expect("a test checks that the cast names known locales")
}

fn full_name(order: NameOrder, given: &Spelled, family: &Spelled) -> String {
    match order {
        NameOrder::GivenFirst => format!("{} {}", given.native, family.native),
        NameOrder::FamilyFirst => format!("{} {}", family.native, given.native),
        NameOrder::FamilyFirstJoined => format!("{}{}", family.native, given.native),
    }
}

fn company(plan: &Plan, index: usize) -> Option<Company> {
    let block = index / 10;
    let pattern = &BLOCKS[block % BLOCKS.len()];
    let slot = index % 10;
    let number = usize::try_from(pattern[slot]).ok()?;
    let index = block * 4 + number;
    let people = &material().people;
    let stem = &people.company_stems[index % people.company_stems.len()];
    let round = index / people.company_stems.len();
    let form = &people.company_forms[(index + round) % people.company_forms.len()];
    let label = stem.replace(' ', "").to_lowercase();
    let domain = match round {
        0 => format!("{label}.example"),
        round if round <= people.company_forms.len() => format!("{label}{}.example", form.latin),
        round => format!("{label}{}{round}.example", form.latin),
    };
    Some(Company {
        index,
        id: ids::derived(plan.seed, Space::Company, index as u64, 0),
        name: format!("{stem} {}", form.native),
        domain,
        member: pattern[..slot].iter().filter(|&&other| other == pattern[slot]).count(),
    })
}

/// Each member of a company has an address of another form, so two people of one name never share one.
fn email(index: usize, company: Option<&Company>, given: &str, family: &str) -> String {
    let Some(company) = company else {
        let hosts = &material().people.free_mail;
        return format!("{given}.{family}{index}@{}", hosts[(index / 3) % hosts.len()]);
    };
    let local = match company.member {
        0 => format!("{given}.{family}"),
        1 => format!("{given}-{family}"),
        2 => format!("{given}_{family}"),
        3 => format!("{family}.{given}"),
        4 => format!("{family}-{given}"),
        member => format!("{family}_{given}.{member}"),
    };
    format!("{local}@{}", company.domain)
}

/// A number out of a range kept for fiction (or one that no operator serves), unlike that of any customer near it.
fn phone(locale: &Locale, index: usize) -> String {
    let room = 10_usize.pow(locale.digits);
    let prefix = &locale.phones[(index / room) % locale.phones.len()];
    let digits = locale.digits as usize;
    format!("{prefix}{:0digits$}", index.wrapping_mul(37) % room)
}

fn external_id(plan: &Plan, index: usize, role: Option<&'static Role>) -> (String, Option<&'static str>) {
    if let Some(role) = role {
        return (role.external_id.clone().unwrap_or_else(|| format!("USR-{}", 2000 + index * 7)), None);
    }
    let mut place = index * 23 % 50;
    for (region, share) in TENANTS {
        if place < share {
            return (tenant_id(plan.seed, index), Some(region));
        }
        place -= share;
    }
    (format!("USR-{}", 2000 + index * 7), None)
}

/// Five digits for the first 90,000 customers, more after that; scattered, and never the same twice.
fn tenant_id(seed: u64, index: usize) -> String {
    const ROOM: usize = 90_000;
    if index < ROOM {
        format!("TEN-{}", 10_000 + (index * 7919 + (seed % 1000) as usize) % ROOM)
    } else {
        format!("TEN-{}", 10_000 + index)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const PLAN: Plan = Plan { seed: 7, customers: 2000, now_ms: 0 };

    #[test]
    fn nobody_shares_an_address_a_number_or_an_external_id() {
        let people: Vec<Person> = (0..320).map(|index| person(&PLAN, index)).collect();
        for value in [|p: &Person| p.email.clone(), |p: &Person| p.external_id.clone(), |p: &Person| p.phone.clone()] {
            let all: BTreeSet<String> = people.iter().map(value).collect();
            assert_eq!(all.len(), people.len());
        }
    }

    #[test]
    fn addresses_are_reserved_names_and_numbers_are_e164() {
        for index in 0..2000 {
            let person = person(&PLAN, index);
            let (local, host) = person.email.split_once('@').expect("an address");
            assert!(host.ends_with(".example") && local.is_ascii() && !local.starts_with('.'), "{}", person.email);
            let digits = person.phone.strip_prefix('+').expect("international");
            assert!((9..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()), "{}", person.phone);
        }
    }

    #[test]
    fn companies_have_one_to_six_customers_and_a_domain_of_their_own() {
        let mut members = std::collections::BTreeMap::<String, BTreeSet<usize>>::new();
        let mut sizes = std::collections::BTreeMap::<usize, usize>::new();
        for company in (0..2000).filter_map(|index| person(&PLAN, index).company) {
            members.entry(company.domain).or_default().insert(company.index);
            *sizes.entry(company.index).or_default() += 1;
        }
        assert!(members.values().all(|companies| companies.len() == 1));
        assert!(sizes.values().all(|size| (1..=6).contains(size)));
    }
}
