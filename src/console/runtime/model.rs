//! Owns the model to ask, found when it is first wanted: its name may have to be asked for, and making a client loads the
//! system's certificates, so the start of the console waits for neither. Does not ask it anything.

use std::{sync::Arc, time::Duration};

use tokio::sync::OnceCell;

use crate::{
    assistant::{Ledger, Model, ModelConfig, ModelError, ModelErrorKind, display_name, models},
    clock::Clock,
};

/// How long an endpoint may take to say which models it has, where the settings name none.
const PATIENCE: Duration = Duration::from_secs(10);

/// The model, if one is configured. Clones share what was found.
#[derive(Clone)]
pub struct ModelSource {
    config: Option<ModelConfig>,
    clock: Clock,
    ledger: Ledger,
    name: Arc<OnceCell<String>>,
    made: Arc<OnceCell<Model>>,
}

impl ModelSource {
    /// Of these settings.
    pub fn new(config: Option<ModelConfig>, clock: Clock, ledger: Ledger) -> Self {
        Self { config, clock, ledger, name: Arc::default(), made: Arc::default() }
    }

    /// Its id: the one configured, else the first its endpoint lists. What fails is tried again when asked again.
    ///
    /// # Errors
    /// [`ModelError`] when there is none, or its endpoint does not say.
    pub async fn name(&self) -> Result<String, ModelError> {
        let config = self.config()?;
        if !config.model.is_empty() {
            return Ok(config.model.clone());
        }
        let listed = async {
            tokio::select! {
                listed = models(config) => listed?.into_iter().next().ok_or(ModelError::new(ModelErrorKind::NotFound)),
                () = self.clock.sleep(PATIENCE) => Err(ModelError::new(ModelErrorKind::Unreachable)),
            }
        };
        self.name.get_or_try_init(|| listed).await.cloned()
    }

    /// Its name for people, as far as it is known.
    pub fn shown(&self) -> String {
        let configured = self.config.as_ref().map(|config| config.model.as_str()).filter(|name| !name.is_empty());
        let name = configured.or_else(|| self.name.get().map(String::as_str)).unwrap_or("model");
        display_name(name).to_owned()
    }

    /// The model itself.
    ///
    /// # Errors
    /// [`ModelError`], also where address or key cannot be used.
    pub async fn get(&self) -> Result<Model, ModelError> {
        let made = async {
            let config = ModelConfig { model: self.name().await?, ..self.config()?.clone() };
            Model::new(&config, self.clock.clone(), self.ledger.clone())
        };
        self.made.get_or_try_init(|| made).await.cloned()
    }

    fn config(&self) -> Result<&ModelConfig, ModelError> {
        self.config.as_ref().ok_or(ModelError::new(ModelErrorKind::Settings))
    }
}
