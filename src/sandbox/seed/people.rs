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

/// So many companies a pattern has.
const COMPANIES: usize = 4;

/// Of fifty customers in a row, how many are tenants of each region; the rest are users.
const TENANTS: [(&str, usize); 3] = [("eu-west", 22), ("us-east", 2), ("ap-south", 2)];

/// So many customers share companies in one pattern.
pub(super) const BLOCK: usize = 10;

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
        locked: role.is_none() && rng::mix(plan.seed ^ index as u64).is_multiple_of(33),
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

/// The company of the customer at an index.
pub(super) fn company(plan: &Plan, customer: usize) -> Option<Company> {
    let block = customer / BLOCK;
    let pattern = &BLOCKS[block % BLOCKS.len()];
    let slot = customer % BLOCK;
    let number = usize::try_from(pattern[slot]).ok()?;
    let index = block * COMPANIES + number;
    let first = pattern.iter().position(|&other| other == pattern[slot]).unwrap_or(slot);
    let people = &material().people;
    let stem = &people.company_stems[index % people.company_stems.len()];
    Some(Company {
        index,
        id: ids::derived(plan.seed, Space::Company, (block * BLOCK + first) as u64, 0),
        name: format!("{stem} {}", company_form(index).native),
        domain: company_domain(index),
        member: pattern[..slot].iter().filter(|&&other| other == pattern[slot]).count(),
    })
}

fn company_form(index: usize) -> &'static Spelled {
    let people = &material().people;
    let round = index / people.company_stems.len();
    &people.company_forms[(index + round) % people.company_forms.len()]
}

fn company_domain(index: usize) -> String {
    let people = &material().people;
    let label = people.company_stems[index % people.company_stems.len()].replace(' ', "").to_lowercase();
    let form = &company_form(index).latin;
    match index / people.company_stems.len() {
        0 => format!("{label}.example"),
        round if round <= people.company_forms.len() => format!("{label}{form}.example"),
        round => format!("{label}{form}{round}.example"),
    }
}

/// The customers of the company at an index, as far as the world reaches.
pub(super) fn members(plan: &Plan, company: usize) -> impl Iterator<Item = usize> {
    let (block, customers) = (company / COMPANIES, plan.customers);
    let number = i8::try_from(company % COMPANIES).unwrap_or_default();
    let pattern = BLOCKS[block % BLOCKS.len()].into_iter().enumerate();
    pattern
        .filter(move |&(slot, other)| other == number && block < customers && block * BLOCK + slot < customers)
        .map(move |(slot, _)| block * BLOCK + slot)
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

/// Scatters numbers within a range whose size is a power of ten.
const STRIDE: usize = 37;

/// A number out of a range kept for fiction (or one that no operator serves), theirs alone: those ranges are small, so once
/// a locale's are used up the lap is appended, which makes a number too long to be anybody's.
fn phone(locale: &Locale, index: usize) -> String {
    let room = 10_usize.pow(locale.digits);
    let prefix = &locale.phones[(index / room) % locale.phones.len()];
    let digits = locale.digits as usize;
    let number = format!("{prefix}{:0digits$}", index.wrapping_mul(STRIDE) % room);
    match index / (room * locale.phones.len()) {
        0 => number,
        lap => format!("{number}{lap}"),
    }
}

/// The customers whose number this can be.
pub(super) fn with_phone(phone: &str) -> Vec<usize> {
    let locales = material().people.locales.iter();
    let prefixes = locales.flat_map(|locale| locale.phones.iter().enumerate().map(move |prefix| (locale, prefix)));
    let index = |(locale, (place, prefix)): (&Locale, (usize, &String))| {
        let (room, digits) = (10_usize.pow(locale.digits), locale.digits as usize);
        let rest = phone.strip_prefix(prefix.as_str())?;
        let number: usize = rest.get(..digits)?.parse().ok()?;
        let lap: usize = if rest.len() == digits { 0 } else { rest[digits..].parse().ok()? };
        let within = (0..room).find(|within| within * STRIDE % room == number)?;
        lap.checked_mul(room * locale.phones.len())?.checked_add(place * room + within)
    };
    prefixes.filter_map(index).collect()
}

/// The customers whose address this can be: it says their number, or their company's.
pub(super) fn with_email(plan: &Plan, email: &str) -> Vec<usize> {
    let people = &material().people;
    let Some((local, host)) = email.split_once('@') else { return Vec::new() };
    if people.free_mail.iter().any(|free| free == host) {
        let digits = local.len() - local.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        return local[local.len() - digits..].parse().into_iter().collect();
    }
    let Some(label) = host.strip_suffix(".example") else { return Vec::new() };
    let letters = label.trim_end_matches(|c: char| c.is_ascii_digit());
    let rounds = match label[letters.len()..].parse() {
        Ok(round) => round..=round,
        Err(_) => 0..=people.company_forms.len(),
    };
    let stems = people.company_stems.len();
    let companies =
        rounds.flat_map(|round: usize| (0..stems).filter_map(move |stem| round.checked_mul(stems)?.checked_add(stem)));
    let companies = companies.filter(|&index| index / COMPANIES <= plan.customers && company_domain(index) == host);
    companies.flat_map(|index| members(plan, index)).collect()
}

/// The company whose own id at the org this can be, by its first customer.
pub(super) fn with_account(plan: &Plan, external_id: &str) -> Option<usize> {
    let index: usize = external_id.strip_prefix("ACC-")?.parse().ok()?;
    members(plan, index.checked_sub(FIRST_ACCOUNT)?).next()
}

/// The first number of an `ACC-`.
pub(super) const FIRST_ACCOUNT: usize = 300;

fn external_id(plan: &Plan, index: usize, role: Option<&'static Role>) -> (String, Option<&'static str>) {
    if let Some(role) = role {
        return (role.external_id.clone().unwrap_or_else(|| user_id(index)), None);
    }
    let mut place = index * 23 % 50;
    for (region, share) in TENANTS {
        if place < share {
            return (tenant_id(plan.seed, index), Some(region));
        }
        place -= share;
    }
    (user_id(index), None)
}

fn user_id(index: usize) -> String {
    format!("USR-{}", 2000 + index * 7)
}

/// The customers whose own id at the org this can be.
pub(super) fn with_external_id(plan: &Plan, external_id: &str) -> Vec<usize> {
    let number = |prefix: &str| external_id.strip_prefix(prefix)?.parse::<usize>().ok();
    let user = number("USR-").and_then(|number| number.checked_sub(2000)).map(|number| number / 7);
    let tenant = number("TEN-").and_then(|number| number.checked_sub(10_000)).and_then(|number| {
        if number >= TENANT_ROOM {
            return Some(number);
        }
        (0..TENANT_ROOM).find(|&index| scattered(plan.seed, index) == number)
    });
    let cast = material().cast.values().filter(|role| role.external_id.as_deref() == Some(external_id));
    user.into_iter().chain(tenant).chain(cast.map(|role| role.index)).collect()
}

/// So many tenants have five digits.
const TENANT_ROOM: usize = 90_000;

/// Five digits for the first 90,000 customers, more after that; scattered, and never the same twice.
fn tenant_id(seed: u64, index: usize) -> String {
    let number = if index < TENANT_ROOM { scattered(seed, index) } else { index };
    format!("TEN-{}", 10_000 + number)
}

fn scattered(seed: u64, index: usize) -> usize {
    (index * 7919 + (seed % 1000) as usize) % TENANT_ROOM
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
