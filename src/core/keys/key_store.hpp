// keys: the key server's memory. Keeps each envelope's age identity, wrapped under a key-encryption
// key with the policy record as associated data, and gives it to proven recipients; keeps hosted
// copies and short-lived tickets of the ciphertext. It sees no plaintext and speaks no HTTP.
// A release, its audit record and its receipt are one transaction: the key leaves after the commit
// or not at all. Expiry and recall destroy the wrapped key (doc/spec/keys.md says how truly).
// Wrapping and unwrapping happen on threads of its own, outside of transactions (KekThreads).
// Called from any worker. Refusals are verdicts; Fault::config means that the key-encryption key
// does not fit the store or that a record was tampered with; retry_later that the store is busy
// or the token with the key-encryption key away.
#pragma once

#include "core/keys/kek_threads.hpp"
#include "core/keys/key_wrapper.hpp"
#include "core/keys/slots.hpp"
#include "core/keys/verdicts.hpp"
#include "core/people/audit.hpp"
#include "sys/async/task.hpp"
#include "sys/db/connection.hpp"
#include "sys/log/log.hpp"

namespace sealpost::keys {

class KeyStore {
public:
    static constexpr std::size_t max_recipients = 1000;
    static constexpr std::size_t max_subject_bytes = 2000;  // longer ones are cut

    struct Parts {
        std::shared_ptr<db::Database> database;
        const Clock* clock = nullptr;  // outlives the store
        std::shared_ptr<KeyWrapper> kek;
        log::Log log = log::Log::silent();
        SlotLimits slots;
        // Whether a key in a token that this store does not know may begin to wrap here. Of a running service only the
        // service itself says so: what was wrapped under a key that it does not have, it could not open.
        bool may_introduce = false;
        RoomCheck has_room = {};                         // absent: there is room
        std::optional<people::KeptFor> keep_ended = {};  // how long facts outlive the end of their envelope; absent: for ever
    };

    // Brings the tables up to date and checks that the key-encryption keys are the store's own.
    static Result<std::shared_ptr<KeyStore>> open(Parts parts);

    // The sender's side. A change of somebody else's envelope answers `unknown`.
    Task<Result<StoreVerdict>> store(NewEnvelope envelope);
    Task<Result<ChangeVerdict>> lock(EnvelopeId id, Holder holder, std::string reason, Actor who);
    Task<Result<ChangeVerdict>> unlock(EnvelopeId id, Holder holder, Actor who);
    Task<Result<ChangeVerdict>> change_expiry(EnvelopeId id, Holder holder, WallTime expires_at, Actor who);
    Task<Result<ChangeVerdict>> recall(EnvelopeId id, Holder holder, Actor who);

    // The recipient's side.
    Task<Result<ReleaseVerdict>> release(ReleaseRequest request);
    // False: not a recipient to whom the key was released (nothing is noted).
    Task<Result<bool>> note_displayed(EnvelopeId id, std::vector<std::string> addresses, std::string who, std::string network);

    Task<Result<std::optional<EnvelopeFacts>>> find(EnvelopeId id);
    Task<Result<std::vector<EnvelopeFacts>>> list(ListQuery query);
    Task<Result<bool>> has_sent(std::string address);  // normalised: of any envelope, whatever became of it

    // The senders of envelopes that named one of these addresses, of what accounts sealed, whatever became of it; the latest
    // first, each once for an account, `most` at most.
    Task<Result<std::vector<Correspondent>>> list_correspondents(std::vector<std::string> addresses, int most);
    // The accounts of all these envelopes.
    Task<Result<std::vector<AccountId>>> list_accounts_that_wrote(std::vector<std::string> addresses);

    // Receipts to be mailed, oldest first; settle each once its mail is queued.
    Task<Result<std::vector<Receipt>>> due_receipts(int most);
    Task<Result<>> settle_receipt(std::int64_t number);

    // The ciphertext. A writer that is dropped leaves nothing behind after the next sweep.
    Task<Result<std::unique_ptr<SlotWriter>>> begin_hosted(EnvelopeId id, AccountId account);  // denied: unknown
    Task<Result<ContentVerdict>> finish_hosted(std::unique_ptr<SlotWriter> writer);
    // Fault::denied: this network or the house has too many tickets open (too-many-requests).
    Task<Result<std::unique_ptr<SlotWriter>>> begin_ticket(std::string network);
    // `hint` is the envelope id that the page claims; it only helps to name a damaged file.
    Task<Result<std::string>> finish_ticket(std::unique_ptr<SlotWriter> writer, std::optional<EnvelopeId> hint);

    // A ticket (43 characters) or an envelope id: what it opens. Absent: neither, or no record for it.
    Task<Result<std::optional<OpenView>>> resolve_ref(std::string ref);
    // The ciphertext that resolve_ref found; null when its source is `none`.
    [[nodiscard]] std::unique_ptr<async::ByteSource> read(const OpenView& view);

    // Destroys what has expired, and forgets what ended long enough ago; call it every minute.
    Task<Result<SweepReport>> sweep();
    // Wraps every key anew under the newest version; answers how many. After KekFile::add_version, or with a key that
    // took the place of another.
    Task<Result<int>> rewrap_all();
    // Of a copy of the store: removes tickets, and what of hosted copies was under way. Whether there was any.
    static Result<bool> drop_tickets(db::Connection& connection);
    // Whether the key-encryption key is at hand.
    Task<Result<>> probe();

private:
    explicit KeyStore(Parts parts) : parts_(std::move(parts)) {}
    Task<Result<std::optional<ReleaseVerdict>>> try_release(ReleaseRequest request);
    Task<Result<>> remember_versions();

    Parts parts_;
    KekThreads threads_;
};

}  // namespace sealpost::keys
