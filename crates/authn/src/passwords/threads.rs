use super::{Matched, PasswordHash, PasswordMethod, Unusable};
use argon2::Block;
use jose::Secret;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// A thread without work for so long gives its memory back.
const IDLE: Duration = Duration::from_secs(1);

/// Threads that do nothing but hash passwords, so that hashing never keeps a token waiting. The queue is bounded.
///
/// Threads can't be given a lower priority without `unsafe`; with one thread less than processors the rest of the server keeps one.
pub struct Hashers {
    shared: Arc<Shared>,
    /// Compared with when there is nobody of that name, so that this takes as long.
    nobody: PasswordHash,
}

struct Shared {
    queue: Mutex<Queue>,
    news: Condvar,
    longest: usize,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    closed: bool,
}

enum Job {
    Verify {
        hash: PasswordHash,
        password: Secret,
        answer: oneshot::Sender<Result<Matched, Unusable>>,
    },
    Hash {
        password: Secret,
        method: PasswordMethod,
        answer: oneshot::Sender<Result<PasswordHash, Unusable>>,
    },
}

impl Job {
    /// Does it, unless whoever asked went away.
    fn run(self, memory: &mut Vec<Block>) {
        match self {
            Self::Verify {
                hash,
                password,
                answer,
            } if !answer.is_closed() => {
                let _ = answer.send(hash.verify_within(&password, memory));
            }
            Self::Hash {
                password,
                method,
                answer,
            } if !answer.is_closed() => {
                let _ = answer.send(PasswordHash::new_as(&password, &method, memory));
            }
            Self::Verify { .. } | Self::Hash { .. } => {}
        }
    }
}

/// Why a password was not compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Busy {
    /// Too many are waiting: worth a 503.
    #[error("too many passwords are waiting to be compared")]
    Full,
    /// The stored hash or the password can't be used.
    #[error(transparent)]
    Unusable(#[from] Unusable),
}

impl Hashers {
    /// Starts `threads` threads, one at least, with a queue of `longest`.
    ///
    /// # Errors
    /// The system's, when it gives no thread.
    pub fn start(threads: usize, longest: usize) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            news: Condvar::new(),
            longest,
        });
        for at in 0..threads.max(1) {
            let shared = shared.clone();
            std::thread::Builder::new()
                .name(format!("password-{at}"))
                .spawn(move || shared.work())?;
        }
        let nobody = PasswordHash::new(&Secret::new(jose::random_bytes(32)))
            .map_err(std::io::Error::other)?;
        Ok(Self { shared, nobody })
    }

    /// Compares a password with a stored hash.
    ///
    /// # Errors
    /// See [`Busy`].
    pub async fn verify(&self, hash: PasswordHash, password: Secret) -> Result<Matched, Busy> {
        let (answer, answered) = oneshot::channel();
        self.give(Job::Verify {
            hash,
            password,
            answer,
        })?;
        Ok(answered.await.map_err(|_| Busy::Full)??)
    }

    /// Hashes a new password, see [`PasswordHash::new`].
    ///
    /// # Errors
    /// See [`Busy`].
    pub async fn hash(&self, password: Secret) -> Result<PasswordHash, Busy> {
        self.hash_as(password, PasswordMethod::default()).await
    }

    /// The same, by another method.
    ///
    /// # Errors
    /// See [`Busy`].
    pub async fn hash_as(
        &self,
        password: Secret,
        method: PasswordMethod,
    ) -> Result<PasswordHash, Busy> {
        let (answer, answered) = oneshot::channel();
        self.give(Job::Hash {
            password,
            method,
            answer,
        })?;
        Ok(answered.await.map_err(|_| Busy::Full)??)
    }

    fn give(&self, job: Job) -> Result<(), Busy> {
        let mut queue = self.shared.lock();
        if queue.jobs.len() >= self.shared.longest {
            return Err(Busy::Full);
        }
        queue.jobs.push_back(job);
        drop(queue);
        self.shared.news.notify_one();
        Ok(())
    }

    /// Takes as long as comparing with a hash of today, and is always [`Matched::No`]: who asks for a name that does not exist learns
    /// nothing from the time it takes.
    ///
    /// # Errors
    /// See [`Busy`].
    pub async fn verify_nobody(&self, password: Secret) -> Result<Matched, Busy> {
        self.verify(self.nobody.clone(), password)
            .await
            .map(|_| Matched::No)
    }
}

impl Drop for Hashers {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.news.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let mut memory: Vec<Block> = Vec::new();
        let mut queue = self.lock();
        loop {
            if let Some(job) = queue.jobs.pop_front() {
                drop(queue);
                job.run(&mut memory);
                queue = self.lock();
            } else if queue.closed {
                return;
            } else if memory.is_empty() {
                queue = self
                    .news
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner);
            } else {
                let waited = self
                    .news
                    .wait_timeout(queue, IDLE)
                    .unwrap_or_else(PoisonError::into_inner);
                queue = waited.0;
                if waited.1.timed_out() {
                    memory = Vec::new();
                }
            }
        }
    }
}
