//! stub
use super::{
    call::{Answer, Call},
    errors::Refusal,
};
/// stub
pub fn run(_: &mut Call) -> Answer {
    Err(Refusal::bad_request("soon"))
}
