#include "serve/replies/local_key_service.hpp"

#include <algorithm>

namespace sealpost::replies {
namespace {

Result<keys::NewEnvelope> make_envelope(sealer::KeyRecord record)
{
    const auto id = keys::parse_envelope_id(record.id);
    const auto assurance = people::parse_assurance(record.assurance);
    if (!id || !assurance) return Error{Fault::give_up, "the key record of a message is broken"};
    keys::NewEnvelope envelope;
    envelope.policy.id = *id;
    envelope.policy.account = people::AccountId(record.account);
    envelope.policy.sha256 = record.sha256;
    envelope.policy.size = record.size;
    envelope.policy.sender = {record.sender_address, record.sender_name};
    envelope.policy.message_id = record.message_id;
    for (const auto& address : record.recipients) {
        auto normalised = people::normalise_address(address);
        if (!normalised) return Error{Fault::give_up, "a recipient of a message is no address"};
        envelope.policy.recipients.push_back(*normalised);
    }
    envelope.policy.profile = record.profile;
    envelope.policy.assurance = *assurance;
    envelope.policy.expires_at = record.expires_at;
    envelope.policy.rights = {record.may_reply, record.may_reply_all, record.may_forward};
    envelope.policy.receipt = record.receipt;
    envelope.policy.hosted = record.hosted;
    envelope.policy.by_service = true;
    envelope.identity = std::move(record.identity);
    envelope.subject = record.subject;
    return envelope;
}

// What answers an envelope asks for as much as it did, and lives as long as it was given. What passes one on ends with it.
Result<> take_on_terms(keys::Policy& policy, const keys::EnvelopeFacts& related, bool forwards, WallTime now)
{
    policy.assurance = std::max(policy.assurance, related.policy.assurance);
    if (forwards && related.state >= keys::State::expired)
        return Error{Fault::give_up, "the envelope that it forwards has ended meanwhile"};
    if (forwards && related.state == keys::State::locked)
        return Error{Fault::retry_later, "the envelope that it forwards is locked"};
    if (forwards) {
        policy.expires_at = std::min(policy.expires_at, related.policy.expires_at);
        return {};
    }
    // One that was ended before its time no longer says how long it was given: an answer can be read for a day at least.
    constexpr std::chrono::hours least{24};
    WallTime::duration term = related.policy.expires_at - related.sent_at;
    if (related.policy.expires_at <= now) term = std::max<WallTime::duration>(term, least);
    policy.expires_at = std::min(policy.expires_at, now + term);
    return {};
}

}  // namespace

Task<Result<keys::EnvelopeFacts>> LocalKeyService::find_related(std::string envelope_id)
{
    const auto id = keys::parse_envelope_id(envelope_id);
    if (!id) co_return Error{Fault::give_up, "a reply names no envelope"};
    auto found = co_await keys_->find(*id);
    if (found.has_error()) co_return found.error();
    if (!*found) co_return Error{Fault::give_up, "the envelope that a reply answers is gone"};
    co_return std::move(**found);
}

Task<Result<sealer::StoredEnvelope>> LocalKeyService::describe(people::AccountId account, std::vector<std::string> recipients)
{
    auto tenant = co_await people_->accounts().find(account);
    if (tenant.has_error()) co_return tenant.error();
    const std::string fallback = *tenant ? (*tenant)->language : "en";
    sealer::StoredEnvelope stored;
    stored.service_url = service_url_;
    stored.organisation = organisation_;
    for (const auto& address : recipients) {
        auto person = co_await people_->persons().find_by_address(address);
        if (person.has_error()) co_return person.error();
        const bool chosen = *person && !(*person)->language.empty();
        stored.recipients.push_back({address, chosen ? (*person)->language : fallback});
    }
    co_return stored;
}

// Whose it is, and for how long. What begins has no terms to take on.
Task<Result<>> LocalKeyService::settle_terms(keys::Policy& policy, std::string related_envelope, bool forwards)
{
    if (policy.account != people::AccountId()) co_return Result<>();
    SEALPOST_CO_TRY(const auto related, co_await find_related(std::move(related_envelope)));
    policy.account = related.policy.account;
    co_return take_on_terms(policy, related, forwards, clock_.now());
}

Task<Result<sealer::StoredEnvelope>> LocalKeyService::store(sealer::KeyRecord record)
{
    const bool forwards = record.forwards;
    std::string related_envelope = record.related_envelope;
    auto envelope = make_envelope(std::move(record));
    if (envelope.has_error()) co_return envelope.error();
    const WallTime asked = envelope->policy.expires_at;
    SEALPOST_CO_CHECK(co_await settle_terms(envelope->policy, std::move(related_envelope), forwards));
    const auto account = envelope->policy.account;
    const WallTime expires_at = envelope->policy.expires_at;
    const auto recipients = envelope->policy.recipients;
    auto verdict = co_await keys_->store(std::move(*envelope));
    if (verdict.has_error()) co_return verdict.error();
    if (*verdict == keys::StoreVerdict::conflict) co_return Error{Fault::give_up, "an envelope of that id is there already"};
    auto described = co_await describe(account, recipients);
    // What is kept for ten years is given the same again, less the time it took to be stored: that is no end to tell of.
    if (described.has_value() && asked - expires_at >= std::chrono::hours(24)) described->expires_at = expires_at;
    co_return described;
}

Task<Result<>> LocalKeyService::put_content(std::string id, std::unique_ptr<async::ByteSource> age_file, std::uint64_t)
{
    const auto envelope = keys::parse_envelope_id(id);
    if (!envelope) co_return Error{Fault::give_up, "not an envelope id"};
    auto found = co_await keys_->find(*envelope);
    if (found.has_error()) co_return found.error();
    if (!*found) co_return Error{Fault::retry_later, "the key record is gone"};
    auto writer = co_await keys_->begin_hosted(*envelope, (*found)->policy.account);
    if (writer.has_error()) co_return writer.error();
    while (true) {
        SEALPOST_CO_TRY(std::string piece, co_await age_file->next());
        if (piece.empty()) break;
        SEALPOST_CO_CHECK(co_await (*writer)->write(std::move(piece)));
    }
    auto verdict = co_await keys_->finish_hosted(std::move(*writer));
    if (verdict.has_error()) co_return verdict.error();
    if (*verdict != keys::ContentVerdict::stored) co_return Error{Fault::retry_later, "the hosted copy is damaged"};
    co_return Result<>();
}

Task<Result<>> LocalKeyService::discard(std::string id)
{
    const auto envelope = keys::parse_envelope_id(id);
    if (!envelope) co_return Error{Fault::give_up, "not an envelope id"};
    SEALPOST_CO_TRY(const auto found, co_await keys_->find(*envelope));
    if (!found) co_return Result<>();
    auto recalled = co_await keys_->recall(*envelope, found->policy.account, "service");
    if (recalled.has_error()) co_return recalled.error();
    co_return Result<>();
}

Task<Result<sealer::Ending>> LocalKeyService::find_ending(std::string id)
{
    const auto envelope = keys::parse_envelope_id(id);
    if (!envelope) co_return sealer::Ending::none;
    SEALPOST_CO_TRY(const auto found, co_await keys_->find(*envelope));
    if (!found || found->state < keys::State::expired) co_return sealer::Ending::none;
    co_return found->state == keys::State::expired ? sealer::Ending::expired : sealer::Ending::recalled;
}

}  // namespace sealpost::replies
