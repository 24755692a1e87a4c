//! Owns the look at what a change is about, as it is now: the record at the change's own path, the conversation's words, the
//! customer, and whose data stands in its words. A few reads side by side, made anew each time.

use futures::future;
use serde_json::Value;

use super::{Reader, or_none};
use crate::{
    approval::{Change, Scene, Sheet, Target, risk},
    domain::{Customer, CustomerId, Draft, Guarded, Message, Text},
    kustomer::changes::{Known, Look},
    privacy::Foreign,
    transport::{ApiError, ErrorKind},
};

impl Reader {
    /// What the desk holds around a change. What the key may not read is left out, or said where the record is meant.
    ///
    /// # Errors
    /// When the desk cannot be read: then nothing is known.
    pub async fn scene(&self, change: &Change) -> Result<Scene, ApiError> {
        let (record, words, customer) =
            future::join3(self.target(change), self.words_around(change), self.addressee(change)).await;
        let subject = change.subject();
        let ((record, draft), messages, customer) = (record?, words?, customer?);
        let foreign = subject.customer.as_ref().map(|owner| self.foreign(change, draft.as_ref(), owner));
        let foreign = foreign.unwrap_or_default();
        let is_empty = record == Target::None && subject.conversation.is_none() && subject.customer.is_none();
        let read = (!is_empty).then(|| self.clock.now());
        Ok(Scene { read, record, customer, messages, foreign, me: None })
    }

    async fn words_around(&self, change: &Change) -> Result<Vec<Message>, ApiError> {
        match &change.subject().conversation {
            Some(conversation) => Ok(allowed(self.messages_of(conversation).await)?.unwrap_or_default()),
            None => Ok(Vec::new()),
        }
    }

    async fn addressee(&self, change: &Change) -> Result<Option<Customer>, ApiError> {
        match &change.subject().customer {
            Some(customer) => allowed(self.customer(customer).await),
            None => Ok(None),
        }
    }

    /// The record a change writes to, where it writes to one that is there already; a draft as it is, too.
    async fn target(&self, change: &Change) -> Result<(Target, Option<Draft>), ApiError> {
        let none = (Target::None, None);
        let [request] = change.requests() else { return Ok(none) };
        let Some((known, values)) = Known::of(request.method, &request.path) else { return Ok(none) };
        match known.look {
            Look::Written | Look::Gone => Ok((self.sheet(&request.path, known).await?, None)),
            Look::Draft => self.draft(change, values.first().map_or("", String::as_str)).await,
            _ => Ok(none),
        }
    }

    async fn sheet(&self, path: &str, known: &Known) -> Result<Target, ApiError> {
        let path = path.split(['?', '#']).next().unwrap_or_default().to_owned();
        let found = match self.get("GET of the record to be changed", path).await {
            Ok(body) => body,
            Err(error) => return target_of(error),
        };
        let Some(mut record) = found.get("data").cloned().filter(Value::is_object) else {
            return Ok(Target::Unreadable("the desk gives no record there".to_owned()));
        };
        let kind = record.get("type").and_then(Value::as_str).unwrap_or_else(|| resource_of(known.path())).to_owned();
        self.covers(&kind).await.cover(&mut record);
        Ok(Target::There(Sheet::of(record.get("attributes").unwrap_or(&Value::Null), related(&record))))
    }

    /// A draft has no read of its own: it is looked for among the customer's.
    async fn draft(&self, change: &Change, id: &str) -> Result<(Target, Option<Draft>), ApiError> {
        let Some(customer) = &change.subject().customer else { return Ok((Target::None, None)) };
        let drafts: Vec<Draft> = match self.drafts_of(customer).await {
            Ok(drafts) => drafts,
            Err(error) => return Ok((target_of(error)?, None)),
        };
        let found = drafts.into_iter().find(|draft| draft.id.as_str() == id);
        Ok((found.as_ref().map_or(Target::Missing, |draft| Target::There(Sheet::of_draft(draft))), found))
    }

    /// Others' data in what a change says to one customer, and others' addresses among those it goes to. Of a draft that is
    /// there already, what it says and to whom it goes is looked at besides: the request that sends it names neither.
    fn foreign(&self, change: &Change, draft: Option<&Draft>, customer: &CustomerId) -> Vec<Foreign> {
        let mut all = Vec::new();
        let drafted = draft.into_iter().flat_map(|draft| draft.subject.iter().chain([&draft.body]));
        for words in change.words().into_iter().chain(drafted.map(Text::raw)) {
            all.extend(self.whose.foreign(words, customer));
        }
        let bodies = change.requests().iter().filter_map(|request| request.body.as_ref());
        let named = bodies.flat_map(risk::recipients).map(|(_, address)| address);
        let kept = draft.into_iter().flat_map(|draft| &draft.to).filter_map(Guarded::clear);
        for address in named.chain(kept.map(|address| address.expose().to_owned())) {
            let whose = self.whose.foreign(&address, customer).into_iter();
            all.extend(whose.map(|found| Foreign { kind: RECIPIENT, ..found }));
        }
        all.sort();
        all.dedup();
        all
    }
}

/// What an address it goes to is called.
const RECIPIENT: &str = "recipient: an address";

/// What a record points at, by name.
fn related(record: &Value) -> Vec<(String, Value)> {
    let all = record.get("relationships").and_then(Value::as_object).into_iter().flatten();
    all.filter_map(|(name, value)| Some((name.clone(), value.pointer("/data/id")?.clone()))).collect()
}

/// The metadata resource of a path, for records that do not say their type.
fn resource_of(path: &str) -> &'static str {
    if path.contains("/customers") { "customer" } else { "conversation" }
}

fn target_of(error: ApiError) -> Result<Target, ApiError> {
    match error.kind() {
        ErrorKind::NotFound => Ok(Target::Missing),
        ErrorKind::Forbidden | ErrorKind::BadRequest => Ok(Target::Unreadable(error.to_string())),
        _ => Err(error),
    }
}

/// What the key may not read is not there for it.
fn allowed<T>(result: Result<T, ApiError>) -> Result<Option<T>, ApiError> {
    match result {
        Err(error) if error.kind() == ErrorKind::Forbidden => Ok(None),
        result => or_none(result),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;
    use serde_json::json;

    use super::*;
    use crate::{
        approval::{diff::is_masked, mask},
        clock::Clock,
        domain::Channel,
        kustomer::changes::{self, CustomerEdit, DraftParts, Recipients, Sending},
        sandbox::{self, Options, Running},
        transport::{Endpoint, Method, Transport},
    };

    async fn floor() -> (Running, Reader) {
        let running = sandbox::start(Options::default()).await.expect("a desk");
        let ready = running.ready().clone();
        let endpoint = Endpoint { base: ready.kustomer, key: SecretString::from(ready.api_key) };
        let transport = Transport::new(endpoint, Clock::real()).expect("a transport");
        (running, Reader::new(transport, Clock::real()))
    }

    fn reply(customer: &CustomerId, conversation: &crate::domain::ConversationId, body: String) -> Change {
        changes::create_draft(DraftParts {
            customer: customer.clone(),
            customer_name: None,
            conversation: Some(conversation.clone()),
            channel: Channel::Chat,
            recipients: Recipients::default(),
            subject: None,
            body,
            sending: Sending::ByHand,
        })
        .expect("a change")
    }

    #[tokio::test]
    async fn a_reply_is_looked_at_with_its_conversation_and_whose_data_it_holds() {
        let (_running, reader) = floor().await;
        let rows = reader.open_conversations().await.expect("a queue").rows;
        let owner = |row: &crate::domain::Conversation| row.customer.clone().expect("a customer");
        let (first, other) = (&rows[0], rows.iter().find(|row| owner(row) != owner(&rows[0])).expect("another"));
        let theirs = owner(other);
        let body = format!("Your account is {theirs}.");
        let scene = reader.scene(&reply(&owner(first), &first.id, body.clone())).await.expect("read");
        assert!(scene.foreign.is_empty(), "nobody has read the other yet");
        reader.customer(&theirs).await.expect("read");
        let scene = reader.scene(&reply(&owner(first), &first.id, body.clone())).await.expect("read");
        assert_eq!(scene.foreign, [Foreign { kind: "customer id", owner: theirs.clone() }]);
        assert!(!scene.messages.is_empty() && scene.read.is_some() && scene.record == Target::None);
        assert_eq!(scene.customer.map(|customer| customer.id), Some(owner(first)));
        let scene = reader.scene(&reply(&theirs, &other.id, body)).await.expect("read");
        assert_eq!(scene.foreign, []);
    }

    #[tokio::test]
    async fn a_record_is_looked_at_as_it_is_with_its_masks() {
        let (_running, reader) = floor().await;
        let rows = reader.open_conversations().await.expect("a queue").rows;
        let id = rows[0].customer.clone().expect("a customer");
        let (customer, link) =
            (reader.customer(&id).await.expect("read"), reader.company_link(&id).await.expect("read"));
        let edit = CustomerEdit::Custom { name: "loyaltyTierStr".to_owned(), value: json!("silver") };
        let change = changes::update_customer(&customer, &link, vec![edit]).expect("a change");
        let scene = reader.scene(&change).await.expect("read");
        let sheet = scene.record.sheet().expect("a record");
        assert_eq!(sheet.rev(), customer.rev);
        assert!(sheet.field("emails").is_some_and(is_masked), "{sheet:?}");
        assert!(sheet.field("custom.loyaltyTierStr").is_some_and(|tier| mask(tier).is_none()));

        let gone = format!("/v1/notes/{}", "0".repeat(24));
        let gone = changes::raw(Method::Delete, &gone, None).expect("a change");
        assert_eq!(reader.scene(&gone).await.expect("read").record, Target::Missing);
        let many = changes::raw(Method::Post, "/v1/notes/bulk", Some(json!([{}]))).expect("a change");
        assert_eq!(reader.scene(&many).await, Ok(crate::approval::Scene::default()));
    }

    #[tokio::test]
    async fn anothers_address_among_the_recipients_is_found_and_so_is_one_in_a_draft_that_is_sent() {
        let (_running, reader) = floor().await;
        let rows = reader.open_conversations().await.expect("a queue").rows;
        let mine = rows[0].customer.clone().expect("a customer");
        let theirs = CustomerId::new("66c9");
        reader.whose.learn("e-mail", "ole@ek.example", &theirs);
        let to = |address: &str| {
            let recipients = Recipients { cc: vec![address.to_owned()], ..Recipients::default() };
            changes::create_draft(DraftParts {
                customer: mine.clone(),
                customer_name: None,
                conversation: Some(rows[0].id.clone()),
                channel: Channel::Email,
                recipients,
                subject: None,
                body: "The parcel is on its way.".to_owned(),
                sending: Sending::ByHand,
            })
            .expect("a change")
        };
        let found = |scene: crate::approval::Scene| scene.foreign;
        let scene = reader.scene(&to("Ole@Ek.example")).await.expect("read");
        assert_eq!(found(scene), [Foreign { kind: RECIPIENT, owner: theirs.clone() }]);
        assert_eq!(found(reader.scene(&to("new@quill.example")).await.expect("read")), []);

        let draft = Draft {
            id: crate::domain::DraftId::new("66d1"),
            customer: Some(mine.clone()),
            conversation: None,
            channel: Channel::Email,
            status: "draft".to_owned(),
            to: vec![Guarded::revealed("ole@ek.example")],
            subject: None,
            body: Text::from("Ask ole@ek.example."),
            send_at: None,
            at: None,
            by: None,
        };
        let kinds: Vec<&str> =
            reader.foreign(&to("new@quill.example"), Some(&draft), &mine).iter().map(|found| found.kind).collect();
        assert_eq!(kinds, ["e-mail", RECIPIENT]);
    }

    #[test]
    fn relations_are_read_by_name() {
        let record = json!({"relationships": {"company": {"data": {"id": "66d1"}}, "messages": {"links": {}}}});
        assert_eq!(related(&record), [("company".to_owned(), Value::from("66d1"))]);
    }
}
