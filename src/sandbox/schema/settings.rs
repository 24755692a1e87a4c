//! Owns the bodies of the org's settings, as data: users, teams, role groups, tokens, brands, schedules, tags, shortcuts,
//! spam senders, tracking, queues and routing (Kustomer API reference 22 to 24).
//!
//! The reference shows attributes rather than request schemas here; what may be written and the limits not named there are
//! decided here (unverified): names up to 256 characters, texts up to 10,240, lists up to 500 items.

use super::{
    Field,
    Rule::{Anything, Day, Either, Flag, Id, List, Object, Shape, Text, Whole, Word},
    nul, opt, req,
};

const NAME: super::Rule = Text(1, 256);
const ROLES: super::Rule = List(&Text(3, 128), 500);

/// What people may change about themselves.
pub const PROFILE: &[Field] = &[
    opt("name", NAME),
    nul("displayName", Text(0, 256)),
    nul("avatarUrl", Text(0, 2048)),
    nul("mobile", Text(0, 64)),
    nul("emailSignature", Text(0, 10_240)),
];

/// A user, as an admin writes one.
pub const USER: &[Field] = &[
    opt("name", NAME),
    nul("displayName", Text(0, 256)),
    nul("avatarUrl", Text(0, 2048)),
    nul("mobile", Text(0, 64)),
    nul("emailSignature", Text(0, 10_240)),
    req("email", Text(3, 256)),
    opt("userType", Word(&["user", "machine", "limited", "hourly"])),
    opt("roles", ROLES),
    opt("roleGroups", List(&Id, 100)),
    nul("deleted", Flag),
];

/// Who has forgotten a password.
pub const PASSWORD_RESET: &[Field] = &[req("domain", Text(1, 256)), req("email", Text(3, 256))];

/// A team.
pub const TEAM: &[Field] = &[
    req("name", NAME),
    nul("displayName", Text(0, 256)),
    nul("icon", Text(0, 64)),
    opt("members", List(&Id, 500)),
    opt("roleGroups", List(&Id, 100)),
    nul("deleted", Flag),
];

/// Who joins or leaves a team.
pub const MEMBERS: &[Field] = &[req("members", List(&Id, 500))];

/// A role group.
pub const ROLE_GROUP: &[Field] =
    &[req("name", NAME), nul("description", Text(0, 1024)), opt("display", Flag), opt("roles", ROLES)];

/// A token.
pub const TOKEN: &[Field] = &[
    req("name", NAME),
    opt("roles", ROLES),
    opt("expiresInDays", Whole(1, 3650)),
    opt("cidrs", List(&Text(9, 18), 100)),
];

const ENABLED: super::Rule = Shape(&[req("enabled", Flag)]);
const SAML: &[Field] = &[
    req("enabled", Flag),
    opt("idpPublicCerts", List(&Text(0, 10_240), 10)),
    opt("idpLoginUrl", Text(0, 2048)),
    opt("idpLogoutUrl", Text(0, 2048)),
    opt("idpIssuerId", Text(0, 256)),
    opt("forceAuth", Flag),
    opt("signRequests", Flag),
    opt("allowUnencryptedAssert", Flag),
];

/// How people sign in, as the vendored specification has it.
pub const AUTH_SETTINGS: &[Field] = &[
    opt("kustomer", ENABLED),
    opt("google", ENABLED),
    opt("saml", Shape(SAML)),
    opt("app", Shape(&[opt("userSessionExpirationMilliseconds", Whole(60_000, 2_592_000_000))])),
];

/// A brand.
pub const BRAND: &[Field] = &[req("name", NAME), nul("iconUrl", Text(0, 2048)), opt("default", Flag)];

const OPEN: super::Rule = List(&List(&Whole(0, 1440), 2), 24);
const DAY: super::Rule = Either(&[super::Rule::Null, OPEN]);
const WEEK: &[Field] =
    &[opt("0", DAY), opt("1", DAY), opt("2", DAY), opt("3", DAY), opt("4", DAY), opt("5", DAY), opt("6", DAY)];
const HOLIDAY: &[Field] = &[req("name", NAME), req("date", Day)];

/// A business schedule. `holidays` is our own way to write what the reference only shows in `included`.
pub const SCHEDULE: &[Field] = &[
    req("name", NAME),
    req("timezone", Text(1, 64)),
    req("hours", Shape(WEEK)),
    opt("default", Flag),
    opt("holidays", List(&Shape(HOLIDAY), 500)),
];

/// A tag.
pub const TAG: &[Field] = &[req("name", super::Rule::Tag), opt("color", Text(1, 32)), nul("deleted", Flag)];

/// A shortcut.
pub const SHORTCUT: &[Field] = &[
    req("name", NAME),
    opt("draft", Shape(&[req("text", Text(0, 10_240))])),
    opt("payload", Object),
    opt("conversation", Object),
    opt("isPrivate", Flag),
    opt("appDisabled", Flag),
    nul("deleted", Flag),
    nul("parent", Id),
    opt("accessUsers", List(&Id, 500)),
    opt("accessTeams", List(&Id, 500)),
];

/// A sender whose mail is always or never spam.
pub const SPAM_SENDER: &[Field] =
    &[req("channel", Word(&["email"])), req("sender", Text(3, 256)), req("list", Word(&["whitelist", "blacklist"]))];

/// Something a tracked visitor did.
pub const TRACKING_EVENT: &[Field] =
    &[req("name", NAME), opt("customer", Id), opt("trackingId", Text(1, 64)), opt("meta", Object)];

/// Who a visitor is; one of the identifiers is needed.
pub const TRACKING_IDENTITY: &[Field] = &[
    opt("email", Text(3, 256)),
    opt("phone", Text(1, 64)),
    opt("externalId", Text(1, 255)),
    opt("name", NAME),
    opt("hash", Text(1, 4096)),
];

/// Both at once.
pub const TRACKING_BOTH: &[Field] = &[req("identity", Shape(TRACKING_IDENTITY)), req("event", Shape(TRACKING_EVENT))];

/// A queue.
pub const QUEUE: &[Field] = &[
    req("name", NAME),
    nul("displayName", Text(0, 256)),
    opt("key", Text(1, 128)),
    opt("priority", Whole(1, 5)),
    opt("itemSize", Whole(1, 1000)),
    opt("restrictTransfersByUsers", Flag),
];

const CRITERIA: &[Field] = &[opt("and", List(&Object, 20)), opt("or", List(&Object, 20))];

/// A queue rule; its place in the order is changed by a call of its own.
pub const QUEUE_RULE: &[Field] = &[
    req("name", NAME),
    nul("description", Text(0, 1024)),
    req("queue", Id),
    req("criteria", Shape(CRITERIA)),
    opt("enabled", Flag),
];

/// All rules in their new order.
pub const QUEUE_RULE_ORDER: &[Field] = &[req("order", List(&Id, 500))];

/// What an agent's status becomes.
pub const WORK_SESSION: &[Field] =
    &[req("statusType", Word(&["available", "unavailable", "busy", "offline"])), nul("statusName", Text(0, 256))];

/// A conversation that needs routing.
pub const WORK_ITEM: &[Field] = &[req("conversation", Id), opt("queue", Id), opt("status", Word(&["ivr", "queued"]))];

/// How a team is routed to.
pub const TEAM_ROUTING: &[Field] =
    &[opt("enabled", Flag), opt("capacity", Whole(1, 1000)), opt("queues", List(&Id, 100))];

/// A setting's value.
pub const SETTING: &[Field] = &[req("value", Anything)];
