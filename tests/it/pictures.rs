//! The README's pictures: real screens of the console, drawn as SVG. The real loop runs in this process against the simulated
//! desk, with a clock moved by hand, so that the same program gives the same pictures to the byte. Drawn anew by
//! `SHIFTDECK_PICTURES=1 cargo test --test it pictures`; without the variable the test compares.

mod stage;
mod svg;

use std::{fs, path::PathBuf};

use stage::Stage;

use crate::journeys::billing::PROMPT;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets").join("pictures")
}

/// Keeps the picture, or compares it with the one that is kept.
async fn picture(stage: &mut Stage, name: &str, wrong: &mut Vec<String>) {
    let drawn = svg::of(&stage.still().await);
    let file = folder().join(name);
    if std::env::var_os("SHIFTDECK_PICTURES").is_some() {
        fs::create_dir_all(folder()).expect("the folder can be made");
        fs::write(file, drawn).expect("the picture can be written");
    } else if fs::read_to_string(file).ok() != Some(drawn) {
        wrong.push(name.to_owned());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_are_what_the_program_shows() {
    let mut wrong = Vec::new();
    shift(&mut wrong).await;
    looks(&mut wrong).await;
    assert_eq!(wrong, Vec::<String>::new(), "look at them: SHIFTDECK_PICTURES=1 cargo test --test it pictures");
}

/// The double billing, from the queue to the audit trail.
async fn shift(wrong: &mut Vec<String>) {
    let mut stage = Stage::open("dark", (132, 38)).await;
    stage.wait("SANDBOX").await.wait("Billed twice").await.wait("Billing").await;
    picture(&mut stage, "queue.svg", wrong).await;
    stage.press("enter").await.wait("Timeline").await.wait("****").await;
    picture(&mut stage, "timeline.svg", wrong).await;
    stage.press("o").await.wait("KObjects").await.wait("of Nadia").await;
    picture(&mut stage, "kobjects.svg", wrong).await;
    stage.press("7").await.wait("scripted model, not an AI").await.paste(PROMPT).await.press("enter").await;
    stage.wait("Approval").await.wait("unmasking-windows").await;
    picture(&mut stage, "approval.svg", wrong).await;
    stage
        .press("a")
        .await
        .wait("/notes")
        .await
        .press("G")
        .await
        .press("a")
        .await
        .gone("Approval")
        .await
        .wait("Done")
        .await;
    stage.gone("working").await;
    picture(&mut stage, "assistant.svg", wrong).await;
    stage.press("2").await.paste("email:~quill.example").await.press("enter").await.wait("customers").await;
    picture(&mut stage, "search.svg", wrong).await;
    stage.press("5").await.wait("draft").await;
    picture(&mut stage, "drafts.svg", wrong).await;
    stage.press("8").await.wait("unmask").await;
    picture(&mut stage, "audit.svg", wrong).await;
    stage.press("?").await.wait("Keys in").await;
    picture(&mut stage, "help.svg", wrong).await;
}

/// The same queue in other clothes.
async fn looks(wrong: &mut Vec<String>) {
    for (theme, size, name) in [("light", (132, 38), "light.svg"), ("dark", (80, 24), "small.svg")] {
        let mut stage = Stage::open(theme, size).await;
        stage.wait("SANDBOX").await.wait("Billed twice").await;
        picture(&mut stage, name, wrong).await;
    }
}
