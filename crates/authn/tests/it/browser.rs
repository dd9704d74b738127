//! A browser: cookies, and the forms of pages.

use crate::world::{Request, World};
use authn::Locale;
use authn::cookies::Cookies;
use authn::level::RequestedLevel;
use authn::login::{
    self, Action, Again, Begin, Place, Progress, Prompt, RequestedAction, Shown, SignedIn,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A browser's cookies, and how its requests come.
#[derive(Clone, Default)]
pub struct Browser {
    pub jar: BTreeMap<String, String>,
    pub request: Request,
}

/// What a protocol asks for.
pub struct Ask {
    pub prompt: Prompt,
    pub max_age: Option<i64>,
    pub login_hint: Option<String>,
    pub level: Option<RequestedLevel>,
    pub scope: Option<String>,
    pub action: Option<&'static str>,
    pub request: Value,
    pub again: Again,
}

impl Default for Ask {
    fn default() -> Self {
        Self {
            prompt: Prompt::Normal,
            max_age: None,
            login_hint: None,
            level: None,
            scope: None,
            action: None,
            request: json!({"state": "s-1"}),
            again: Again::No,
        }
    }
}

impl Browser {
    pub fn with_cert(pem: &str) -> Self {
        Self {
            request: Request {
                cert: Some(pem.to_owned()),
                ..Request::default()
            },
            ..Self::default()
        }
    }

    pub fn cookies(&self) -> Cookies {
        let lines: Vec<String> = self
            .jar
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        Cookies::read(lines.iter().map(String::as_str))
    }

    fn take(&mut self, progress: &Progress) {
        let set = match progress {
            Progress::Show(shown) => &shown.set_cookies,
            Progress::SignedIn(signed_in) => &signed_in.set_cookies,
            Progress::Refused(refused) => &refused.set_cookies,
            Progress::Restart(_) => return,
        };
        for cookie in set {
            let header = cookie.header();
            let pair = header.split(';').next().unwrap();
            let value = pair.split_once('=').unwrap().1.to_owned();
            if header.contains("Max-Age=0") {
                self.jar.remove(cookie.name());
            } else {
                self.jar.insert(cookie.name().to_owned(), value);
            }
        }
    }

    pub async fn ask(&mut self, world: &World, ask: Ask) -> Progress {
        let cx = world.cx_of(&self.request).await;
        let client = world.client().await;
        let begin = Begin {
            client: &client,
            request: ask.request,
            prompt: ask.prompt,
            max_age: ask.max_age,
            login_hint: ask.login_hint,
            action: ask.action.map(|alias| RequestedAction {
                alias: alias.to_owned(),
                parameter: None,
            }),
            level: ask.level,
            scope: ask.scope,
            client_data: "cd".to_owned(),
            back_url: None,
            locale: Locale::default(),
            event_details: [("auth_method".to_owned(), "openid-connect".to_owned())].into(),
            again: ask.again,
        };
        let progress = login::begin(&cx, &self.cookies(), begin).await.unwrap();
        self.take(&progress);
        progress
    }

    pub async fn begin(&mut self, world: &World) -> Progress {
        self.ask(world, Ask::default()).await
    }

    /// Sends the form of a page.
    pub async fn send(&mut self, world: &World, page: &Shown, form: &[(&str, &str)]) -> Progress {
        self.act(world, &action(page), Some(form)).await
    }

    pub async fn act(
        &mut self,
        world: &World,
        action: &Action,
        form: Option<&[(&str, &str)]>,
    ) -> Progress {
        let cx = world.cx_of(&self.request).await;
        let form = form.map(|form| {
            form.iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect::<Vec<_>>()
        });
        let place = match action.execution.as_deref() {
            Some(step) if step.contains('_') => Place::RequiredAction,
            _ => Place::Step,
        };
        let progress = login::resume(&cx, &self.cookies(), action, form.as_deref(), place).await;
        let progress = progress.unwrap();
        self.take(&progress);
        progress
    }

    /// Signs in by name and password, from the first page to the session's row.
    pub async fn sign_in(&mut self, world: &World, name: &str) -> SignedIn {
        let page = shown(self.begin(world).await);
        let form = [("username", name), ("password", "pw")];
        let done = signed_in(self.send(world, &page, &form).await);
        self.keep(world, &done).await;
        done
    }

    /// Does what a protocol does with a sign-in.
    pub async fn keep(&self, world: &World, done: &SignedIn) {
        let cx = world.cx_of(&self.request).await;
        let mut writer = world.server.store.write().await.unwrap();
        authn::sso::keep(&cx, done, &mut writer).await.unwrap();
        writer.commit().await.unwrap();
    }
}

/// The query of the page's form.
pub fn action(page: &Shown) -> Action {
    let url = form_url(page);
    let query = url.split_once('?').unwrap().1;
    let get = |name: &str| {
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    };
    Action {
        session_code: get("session_code"),
        execution: get("execution"),
        client_id: get("client_id"),
        tab_id: get("tab_id"),
        client_data: get("client_data"),
        kc_locale: get("kc_locale"),
        certificate_ticket: None,
    }
}

/// Where the page's form goes.
pub fn form_url(page: &Shown) -> String {
    let html = &page.page.html;
    let behind = html.split("action=\"").nth(1);
    let url = behind.unwrap_or_else(|| panic!("no form: {html}"));
    let url = url.split('"').next().unwrap();
    url.replace("&amp;", "&")
}

/// The code on the page, if one is shown.
pub fn code(page: &Shown) -> Option<String> {
    let behind = page.page.html.split("id=\"attempt-code\">").nth(1)?;
    Some(behind.split('<').next().unwrap().to_owned())
}

pub fn shown(progress: Progress) -> Shown {
    match progress {
        Progress::Show(shown) => *Box::new(shown),
        Progress::SignedIn(_) => panic!("signed in"),
        Progress::Refused(refused) => panic!("refused: {:?}", refused.why),
        Progress::Restart(_) => panic!("restart"),
    }
}

pub fn signed_in(progress: Progress) -> SignedIn {
    match progress {
        Progress::SignedIn(signed_in) => *signed_in,
        Progress::Show(shown) => panic!("a page: {}", shown.page.html),
        Progress::Refused(refused) => panic!("refused: {:?}", refused.why),
        Progress::Restart(_) => panic!("restart"),
    }
}

/// How it stands, in short: `name`, `page <id>`, `error <code>`, `restart`, `refused`.
pub fn brief(progress: &Progress) -> String {
    match progress {
        Progress::SignedIn(signed_in) => signed_in.user.username.clone(),
        Progress::Refused(refused) => format!("{:?}", refused.why),
        Progress::Restart(restart) => format!("restart {:?}", restart.again),
        Progress::Show(shown) => {
            let id = shown.page.html.split("data-page-id=\"login-").nth(1);
            let id = id.unwrap().split('"').next().unwrap();
            format!("{id} {}", shown.status)
        }
    }
}
