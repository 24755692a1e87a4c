//! Owns the questions about what an org has set up, and about what is kept around conversations and customers. Each is one
//! line: what is asked, under which label, read by what.

use serde_json::json;

use super::{List, PAGES, Page, Reader, Search, or_none};
use crate::{
    domain::{
        Attachment, AuditLine, Brand, Company, Conversation, ConversationId, CustomerId, Forward, HandleTime, Merge,
        MessageId, OutboundAccount, Queue, QueueRule, RoleGroup, Schedule, Shortcut, SlaPolicy, SpamSender, SurveyForm,
        Tag, Team, Token, UserId, Visit, Webhook, WorkItem, WorkSession,
    },
    kustomer::{
        path::segment,
        wire::{self, Resource},
    },
    transport::{ApiError, ErrorKind},
};

/// Pages of an org's settings that are read at most.
const SETTINGS: usize = 100;

/// Lists that are read whole.
macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident: $row:ty = $path:literal, $read:path;)*) => {
        impl Reader {
            $($(#[$doc])*
            pub async fn $name(&self) -> Result<Vec<$row>, ApiError> {
                const LABEL: &str = concat!("GET ", $path);
                self.settings(LABEL, concat!($path, "?pageSize=100"), $read).await
            })*
        }
    };
}

lists! {
    /// Teams with their members.
    teams: Team = "/v1/teams", wire::team;
    /// Permission sets.
    role_groups: RoleGroup = "/v1/role-groups", wire::role_group;
    /// Keys and sign-ins, without secrets. Takes an admin's role.
    tokens: Token = "/v1/auth/tokens", wire::token;
    /// Brands.
    brands: Brand = "/v1/brands", wire::brand;
    /// Business schedules.
    schedules: Schedule = "/v1/schedules", wire::schedule;
    /// Tags in use.
    tags: Tag = "/v1/tags", wire::tag;
    /// Prepared texts.
    shortcuts: Shortcut = "/v1/shortcuts", wire::shortcut;
    /// Senders whose mail is always or never spam.
    spam_senders: SpamSender = "/v1/spam/senders", wire::spam_sender;
    /// Senders of the org's own.
    outbound_accounts: OutboundAccount = "/v1/outboundAccounts", wire::outbound_account;
    /// Satisfaction surveys; their results stand on conversations.
    survey_forms: SurveyForm = "/v1/satisfaction", wire::survey_form;
    /// Queues.
    queues: Queue = "/v1/routing/queues", wire::queue;
    /// Queue rules, in their order.
    queue_rules: QueueRule = "/v1/routing/queue-rules", wire::queue_rule;
    /// Agents' shifts.
    work_sessions: WorkSession = "/v1/routing/work-sessions", wire::work_session;
    /// Items of work.
    work_items: WorkItem = "/v1/routing/work-items", wire::work_item;
}

impl Reader {
    async fn settings<T>(
        &self,
        label: &'static str,
        path: &str,
        read: impl Fn(Resource<'_>) -> Option<T>,
    ) -> Result<Vec<T>, ApiError> {
        let list = List { label, path: path.to_owned(), pages: SETTINGS };
        let page = self.list(list, |body| wire::decode(body, &read)).await?;
        if page.more {
            tracing::warn!(label, rows = page.rows.len(), "the list goes on; the rest was not read");
        }
        Ok(page.rows)
    }

    /// What this key is: its name, its roles and, where the desk tells, its end.
    pub async fn own_token(&self) -> Result<Token, ApiError> {
        self.one("GET /v1/auth/tokens/current", "/v1/auth/tokens/current".to_owned(), wire::token).await
    }

    /// The names of all roles there are.
    pub async fn roles(&self) -> Result<Vec<String>, ApiError> {
        let read = |r: Resource<'_>| r.id().map(crate::domain::literal);
        self.settings("GET /v1/auth/roles", "/v1/auth/roles", read).await
    }

    /// The schedule that counts where none is named.
    pub async fn default_schedule(&self) -> Result<Schedule, ApiError> {
        self.one("GET /v1/schedules/default", "/v1/schedules/default".to_owned(), wire::schedule).await
    }

    /// The brand that counts where none is named.
    pub async fn default_brand(&self) -> Result<Brand, ApiError> {
        self.one("GET /v1/brands/default", "/v1/brands/default".to_owned(), wire::brand).await
    }

    /// Policies with all their versions, oldest first.
    pub async fn slas(&self) -> Result<Vec<SlaPolicy>, ApiError> {
        let ids = self.settings("GET /v1/slas", "/v1/slas?pageSize=100", |r| r.id().map(str::to_owned)).await?;
        let mut policies = Vec::with_capacity(ids.len());
        for id in ids {
            policies.push(self.sla(&id).await?);
        }
        Ok(policies)
    }

    /// One policy with all its versions.
    pub async fn sla(&self, id: &str) -> Result<SlaPolicy, ApiError> {
        const LABEL: &str = "GET /v1/slas/{id}";
        let body = self.get(LABEL, format!("/v1/slas/{}?versions=all", segment(id))).await?;
        let policy = wire::single(&body).and_then(|r| wire::sla_policy(&body, r));
        policy.ok_or_else(|| ApiError::new(ErrorKind::Garbled, LABEL))
    }

    /// A webhook by its id, without its secret; there is no list of them (Kustomer API reference 25.1).
    pub async fn webhook(&self, id: &str) -> Result<Webhook, ApiError> {
        self.one("GET /v1/outbound-webhooks/{id}", format!("/v1/outbound-webhooks/{}", segment(id)), wire::webhook)
            .await
    }

    /// One company; `None` when there is none.
    pub async fn company(&self, id: &str) -> Result<Option<Company>, ApiError> {
        let sensitivity = self.sensitivity("company").await;
        let path = format!("/v1/companies/{}", segment(id));
        or_none(self.one("GET /v1/companies/{id}", path, |r| wire::company(r, &sensitivity)).await)
    }

    /// Companies whose name holds these words. By name or by the org's own id, never both: sent together the desk ignores
    /// both (Kustomer API reference 19).
    pub async fn companies_named(&self, words: &str) -> Result<Page<Company>, ApiError> {
        self.companies(format!("/v1/companies?filter={}&pageSize=100", segment(words))).await
    }

    /// The company with the org's own id; `None` when there is none.
    pub async fn company_by_external_id(&self, id: &str) -> Result<Option<Company>, ApiError> {
        let page = self.companies(format!("/v1/companies?externalId={}&pageSize=100", segment(id))).await?;
        let theirs = |company: &Company| company.external_id.as_ref().is_none_or(|external| external.raw() == id);
        Ok(page.rows.into_iter().find(theirs))
    }

    pub(super) async fn companies(&self, path: String) -> Result<Page<Company>, ApiError> {
        let sensitivity = self.sensitivity("company").await;
        let list = List { label: "GET /v1/companies", path, pages: PAGES };
        self.list(list, |body| wire::decode(body, |r| wire::company(r, &sensitivity))).await
    }

    /// The teams of one user.
    pub async fn teams_of(&self, user: &UserId) -> Result<Vec<Team>, ApiError> {
        let path = format!("/v1/users/{}/teams?pageSize=100", segment(user.as_str()));
        self.rows("GET /v1/users/{id}/teams", path, wire::team).await
    }

    /// A conversation's forwards.
    pub async fn forwards_of(&self, id: &ConversationId) -> Result<Vec<Forward>, ApiError> {
        let path = format!("/v1/conversations/{}/forwards?pageSize=100", segment(id.as_str()));
        self.rows("GET /v1/conversations/{id}/forwards", path, wire::forward).await
    }

    /// The stretches of work on a conversation.
    pub async fn handle_times_of(&self, id: &ConversationId) -> Result<Vec<HandleTime>, ApiError> {
        let path = format!("/v1/conversations/{}/times?pageSize=1000", segment(id.as_str()));
        self.rows("GET /v1/conversations/{id}/times", path, wire::handle_time).await
    }

    /// A conversation's items of work.
    pub async fn work_items_of(&self, id: &ConversationId) -> Result<Vec<WorkItem>, ApiError> {
        let path = format!("/v1/routing/conversations/{}/work-items?pageSize=100", segment(id.as_str()));
        self.rows("GET /v1/routing/conversations/{id}/work-items", path, wire::work_item).await
    }

    /// All files of a conversation, in and out.
    pub async fn attachments_of(&self, id: &ConversationId) -> Result<Vec<Attachment>, ApiError> {
        let path = format!("/v1/conversations/{}/attachments", segment(id.as_str()));
        self.rows("GET /v1/conversations/{id}/attachments", path, wire::attachment).await
    }

    /// A message's file with a fresh address, which soon ends: asked for when it is needed, kept nowhere.
    pub async fn attachment(&self, message: &MessageId, id: &str) -> Result<Attachment, ApiError> {
        const LABEL: &str = "GET /v1/messages/{message_id}/attachments/{id}";
        let path = format!("/v1/messages/{}/attachments/{}", segment(message.as_str()), segment(id));
        self.one(LABEL, path, wire::attachment).await
    }

    /// The bytes of a message's file, at most `most` of them, by a fresh address that is used once.
    ///
    /// # Errors
    /// As any read; [`ErrorKind::NotFound`] when the bytes are gone, [`ErrorKind::Garbled`] when there are too many.
    pub async fn file(&self, message: &MessageId, id: &str, most: usize) -> Result<Vec<u8>, ApiError> {
        const LABEL: &str = "GET of a file";
        let file = self.attachment(message, id).await?;
        if file.size.is_some_and(|size| size > most as u64) {
            return Err(ApiError::new(ErrorKind::Garbled, LABEL).with_cause("the file is too large"));
        }
        let url = file.url.filter(|_| !file.redacted).ok_or_else(|| ApiError::new(ErrorKind::NotFound, LABEL))?;
        self.transport().download(LABEL, url.raw(), most).await
    }

    /// The merges a customer took part in.
    pub async fn merges_of(&self, customer: &CustomerId) -> Result<Vec<Merge>, ApiError> {
        let path = format!("/v1/customers/{}/merges?pageSize=100", segment(customer.as_str()));
        self.rows("GET /v1/customers/{id}/merges", path, wire::merge).await
    }

    /// A tracked customer's visits.
    pub async fn visits_of(&self, customer: &CustomerId) -> Result<Vec<Visit>, ApiError> {
        let path = format!("/v1/customers/{}/sessions?pageSize=100", segment(customer.as_str()));
        self.rows("GET /v1/customers/{id}/sessions", path, wire::visit).await
    }

    /// The newest lines of the desk's audit log about one record; the whole log is walked (`audit-logs`).
    pub async fn audit_of(&self, object_type: &str, object: &str) -> Result<Vec<AuditLine>, ApiError> {
        let (kind, id) = (segment(object_type), segment(object));
        let path = format!("/v1/audit-logs?count=100&filter%5BobjectType%5D={kind}&filter%5BobjectId%5D={id}");
        let list = List { label: "GET /v1/audit-logs", path, pages: 1 };
        Ok(self.list(list, |body| wire::decode(body, wire::audit_line)).await?.rows)
    }

    /// A customer's conversations that are too old for the ordinary search, newest change first (Kustomer API reference
    /// 9.6).
    pub async fn archived_conversations_of(
        &self,
        id: &CustomerId,
        limit: usize,
    ) -> Result<Page<Conversation>, ApiError> {
        let body = json!({
            "queryContext": "conversation",
            "and": [{"conversation_customer_id": {"equals": id}}],
            "sort": [{"conversation_updated_at": "desc"}],
        });
        let search = Search { body, limit };
        self.search_archive(search, |body| wire::decode(body, wire::conversation)).await
    }
}
