use crate::auth_session::BrowserId;
use crate::cookies::Cookies;
use crate::event::EventDraft;
use crate::level::RequestedLevel;
use crate::refusal::Refusal;
use crate::sealed::{Found, State, Ticket};
use crate::sso::{self, Current};
use crate::trace::Attempt;
use crate::untrusted::is_forged;
use crate::{Cx, Fault, people, required_actions, view};
use pages::Message;
use realm::{AuthenticatorConfig, Client, Credential, Execution, ExecutionId, User, UserId};
use std::sync::Arc;

/// What was sent: names and values, in order.
pub(crate) type Form = [(String, String)];

/// One walk through a flow, in one request.
pub(crate) struct Walk<'a> {
    pub(crate) cx: &'a Cx,
    pub(crate) client: &'a Client,
    /// How the person talks to us.
    pub(crate) door: Door<'a>,
    /// What was found out so far.
    pub(crate) found: Found,
    /// Who it is, as a step said.
    pub(crate) user: Option<User>,
    pub(crate) attempt: Attempt,
    /// Why another way is offered, for the next page.
    pub(crate) alert: Option<Message>,
    /// Why a page is shown though nothing went wrong.
    pub(crate) notice: Option<Message>,
    /// Whether there is another way than the step that is tried.
    pub(crate) has_other_way: bool,
    /// Where the page of this step can be seen again.
    pub(crate) address: Option<String>,
    /// Whether there is something to tell under the attempt's code.
    pub(crate) shows_code: bool,
    /// The event that a sign-in is told by, without who and why.
    event: EventDraft,
    credentials: Option<(UserId, Vec<Credential>)>,
    /// Codes of refusals that an event told already.
    recorded: Vec<&'static str>,
    /// What would have mattered most of what was passed over.
    passed_over: Option<Refusal>,
}

/// How the person talks to us.
pub(crate) enum Door<'a> {
    /// By a browser.
    Browser(Box<Browser<'a>>),
    /// By one request with everything in it.
    Direct(&'a Form),
    /// By a browser at the address where it is asked for a certificate and nothing else.
    CertificateHost,
}

/// The browser's side of a walk.
pub(crate) struct Browser<'a> {
    pub(crate) cookies: &'a Cookies,
    pub(crate) id: BrowserId,
    pub(crate) ticket: Ticket,
    /// Who is signed in already; asked once.
    pub(crate) current: Option<Option<Current>>,
    /// Whether being signed in already is what the sign-in ends in.
    pub(crate) joined: bool,
}

impl Browser<'_> {
    /// Who is signed in already.
    pub(crate) async fn current(&mut self, cx: &Cx) -> Result<Option<&Current>, Fault> {
        if self.current.is_none() {
            self.current = Some(sso::current(cx, self.cookies).await?);
        }
        Ok(self.current.as_ref().and_then(Option::as_ref))
    }
}

impl<'a> Walk<'a> {
    pub(crate) fn new(cx: &'a Cx, client: &'a Client, door: Door<'a>, event: EventDraft) -> Self {
        Self {
            cx,
            client,
            door,
            found: Found::default(),
            user: None,
            attempt: Attempt::new(cx, Some(&client.client_id)),
            alert: None,
            notice: None,
            has_other_way: false,
            address: None,
            shows_code: false,
            event: event.client(&client.client_id),
            credentials: None,
            recorded: Vec::new(),
            passed_over: None,
        }
    }

    /// Goes on from the page before.
    pub(crate) async fn take_up(&mut self, found: Found) -> Result<(), Fault> {
        if let Some(user) = &found.user {
            self.user = people::by_id(self.cx, user).await?;
        }
        if let Some(user) = &self.user {
            self.attempt.user(user);
        }
        if let Some(before) = &found.attempt {
            self.attempt.note(
                "flow",
                format!("goes on from the page with the code {before}"),
            );
        }
        let joined = found.acting.as_ref().is_some_and(|acting| acting.joined);
        if let Some(browser) = self.browser() {
            browser.joined = joined;
        }
        self.found = found;
        Ok(())
    }

    /// What was asked, when somebody has signed in at this browser since the page was shown, by another tab.
    pub(crate) async fn signed_in_elsewhere(&mut self) -> Result<Option<Ticket>, Fault> {
        let cx = self.cx;
        let Some(browser) = self.browser() else {
            return Ok(None);
        };
        if browser.ticket.once_more.is_some() || browser.current(cx).await?.is_none() {
            return Ok(None);
        }
        Ok(Some(browser.ticket.clone()))
    }

    /// The level of authentication that the client asks for.
    pub(crate) fn requested_level(&self) -> Option<RequestedLevel> {
        match &self.door {
            Door::Browser(browser) => browser.ticket.level,
            Door::Direct(_) | Door::CertificateHost => None,
        }
    }

    /// The browser's side; a step for browsers is impossible elsewhere.
    pub(crate) fn browser(&mut self) -> Option<&mut Browser<'a>> {
        match &mut self.door {
            Door::Browser(browser) => Some(browser),
            Door::Direct(_) | Door::CertificateHost => None,
        }
    }

    /// What was sent with a request that has everything in it.
    pub(crate) fn direct(&self, name: &str) -> Option<&'a str> {
        match self.door {
            Door::Direct(form) => value(form, name),
            Door::Browser(_) | Door::CertificateHost => None,
        }
    }

    /// A step says who it is.
    pub(crate) fn is(&mut self, user: User) {
        self.attempt.user(&user);
        self.found.user = Some(user.id.clone());
        self.user = Some(user);
    }

    /// A step was proof, by this kind of credential.
    pub(crate) fn proven_by(&mut self, step: &str, kind: &str) {
        self.found.method = Some(step.to_owned());
        if !self.found.used.iter().any(|used| used == kind) {
            self.found.used.push(kind.to_owned());
        }
    }

    /// A level of authentication is reached, by what the person did just now.
    pub(crate) fn reach(&mut self, level: i64) {
        self.attempt.note(
            "flow",
            format!("the level of authentication {level} is reached"),
        );
        let now = self.cx.now.seconds();
        self.found.reached.note(level, now);
        self.found.level = Some(self.found.level.map_or(level, |known| known.max(level)));
    }

    /// The action that the client asks for, by its alias.
    pub(crate) fn requested_action(&self) -> Option<&str> {
        match &self.door {
            Door::Browser(browser) => {
                let action = browser.ticket.action.as_ref();
                action.map(|action| action.alias.as_str())
            }
            Door::Direct(_) | Door::CertificateHost => None,
        }
    }

    /// The client scopes that the client asks for, and those it has by default.
    pub(crate) fn requested_scopes(&self) -> Vec<String> {
        let requested = match &self.door {
            Door::Browser(browser) => browser.ticket.scope.as_deref(),
            Door::Direct(form) => value(form, "scope"),
            Door::CertificateHost => None,
        };
        required_actions::scopes(self.client, requested)
    }

    /// The language that the sign-in began in.
    pub(crate) fn language(&self) -> &str {
        match &self.door {
            Door::Browser(browser) => &browser.ticket.locale,
            Door::Direct(_) | Door::CertificateHost => "en",
        }
    }

    /// Reads the person again, who was changed.
    pub(crate) async fn refresh_user(&mut self) -> Result<(), Fault> {
        if let Some(user) = &self.user {
            self.user = people::by_id(self.cx, &user.id.clone()).await?;
        }
        Ok(())
    }

    /// What the person can prove was changed.
    pub(crate) fn forget_credentials(&mut self) {
        self.credentials = None;
    }

    /// Where the person can begin as somebody else; nowhere when they prove themselves once more.
    pub(crate) fn restart_url(&mut self) -> Option<String> {
        let cx = self.cx;
        let browser = self.browser()?;
        let is_known = browser.ticket.once_more.is_some();
        (!is_known).then(|| view::restart_url(cx, &browser.ticket))
    }

    /// The settings of a step.
    pub(crate) fn config(&self, execution: &Execution) -> Option<Arc<AuthenticatorConfig>> {
        let alias = execution.authenticator_config.as_deref()?;
        self.cx.realm.authenticator_config(alias).cloned()
    }

    /// What the person can prove.
    pub(crate) async fn credentials(&mut self, user: &UserId) -> Result<&[Credential], Fault> {
        if self.credentials.as_ref().is_none_or(|(of, _)| of != user) {
            let mut reader = self.cx.server.store.read().await?;
            let read = reader.users().credentials(&self.cx.realm.id, user).await?;
            self.credentials = Some((user.clone(), read));
        }
        Ok(self
            .credentials
            .as_ref()
            .map_or(&[], |(_, credentials)| credentials.as_slice()))
    }

    /// Whether the person has a credential of this kind; nobody has none.
    pub(crate) async fn has_credential(&mut self, kind: &str) -> Result<bool, Fault> {
        let Some(user) = self.user.as_ref().map(|user| user.id.clone()) else {
            return Ok(false);
        };
        let credentials = self.credentials(&user).await?;
        Ok(credentials.iter().any(|credential| credential.kind == kind))
    }

    /// Notes a refusal in the trace, where the next page shows its code.
    pub(crate) fn tell(&mut self, stage: &str, refusal: &Refusal) {
        self.attempt
            .refusal(stage, refusal.code(), refusal.to_string());
        self.shows_code = true;
    }

    /// Notes a refusal in the trace and as an event, `LOGIN_ERROR`.
    pub(crate) async fn refuse(
        &mut self,
        stage: &str,
        refusal: &Refusal,
        user: Option<&UserId>,
    ) -> Result<(), Fault> {
        self.tell(stage, refusal);
        self.record(refusal, user).await
    }

    /// Records a refusal as an event, once.
    pub(crate) async fn record(
        &mut self,
        refusal: &Refusal,
        user: Option<&UserId>,
    ) -> Result<(), Fault> {
        if self.recorded.contains(&refusal.code()) {
            return Ok(());
        }
        self.recorded.push(refusal.code());
        let error = match (refusal, &self.door) {
            (Refusal::NoCertificate(reason), Door::Direct(_)) if !is_forged(reason) => {
                "user_not_found"
            }
            _ => refusal.event(),
        };
        let mut event = self.event().error(error);
        if let Some(user) = user.or(self.found.user.as_ref()) {
            event = event.user(user);
        }
        event
            .detail("reason", refusal.code())
            .detail("attempt", self.attempt.code())
            .record_alone(self.cx)
            .await
    }

    /// No event tells of this refusal in this request.
    pub(crate) fn keep_quiet_about(&mut self, refusal: &Refusal) {
        self.recorded.push(refusal.code());
    }

    /// The event of this sign-in, with what is known so far.
    pub(crate) fn event(&self) -> EventDraft {
        let mut event = self.event.clone().details(&self.found.details);
        if let Some(username) = &self.found.username {
            event = event.detail("username", username);
        }
        event
    }

    /// Why a step was passed over. The first that is not served counts, else the last.
    pub(crate) fn passed_over(&mut self, refusal: Refusal) {
        let is_ours = |refusal: &Refusal| matches!(refusal, Refusal::StepNotServed(_));
        if is_ours(&refusal) {
            self.attempt
                .refusal("flow", refusal.code(), refusal.to_string());
        }
        if !self.passed_over.as_ref().is_some_and(is_ours) {
            self.passed_over = Some(refusal);
        }
    }

    /// Why a flow that ended without success did.
    pub(crate) fn why_not(&mut self) -> Refusal {
        self.passed_over.take().unwrap_or(Refusal::NothingSucceeded)
    }

    /// The state as it has to travel with the page of this step, sealed.
    pub(crate) fn seal(&self, execution: &ExecutionId) -> Option<String> {
        let Door::Browser(browser) = &self.door else {
            return None;
        };
        let mut found = self.found.clone();
        found.attempt = self.shows_code.then(|| self.attempt.code().to_owned());
        let state = State {
            ticket: browser.ticket.clone(),
            found,
            execution: execution.clone(),
        };
        state.seal(self.cx, &browser.id)
    }
}

/// The first value of this name.
pub(crate) fn value<'f>(form: &'f Form, name: &str) -> Option<&'f str> {
    form.iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.as_str())
}
