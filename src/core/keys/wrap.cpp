#include "core/keys/wrap.hpp"

#include "base/encoding.hpp"
#include "core/keys/record_seal.hpp"
#include "sys/crypto/aead.hpp"
#include "sys/crypto/digest.hpp"
#include "sys/crypto/random.hpp"

namespace sealpost::keys {
namespace {

// Each record has a key of its own, so that nonces never meet.
Secret derive_record_key(const KekRing::Version& version, const EnvelopeId& id)
{
    return crypto::hkdf_sha256(version.key.reveal(), as_bytes(id.value()), as_bytes("sealpost envelope key 1"),
                               crypto::aead_key_bytes);
}

// Lengths before values: no two policies have the same octets.
void append_field(std::string& out, std::string_view name, std::string_view value)
{
    out += name;
    out += ' ';
    out += std::to_string(value.size());
    out += ':';
    out += value;
    out += '\n';
}

}  // namespace

std::string format_policy(const Policy& policy)
{
    const auto flag = [](bool is_set) { return is_set ? "1" : "0"; };
    std::string text = "sealpost-policy-1\n";
    append_field(text, "id", policy.id.value());
    append_field(text, "account", std::to_string(policy.account.value()));
    append_field(text, "sha256", format_hex(policy.sha256));
    append_field(text, "size", std::to_string(policy.size));
    append_field(text, "sender", policy.sender.address);
    append_field(text, "sender-name", policy.sender.name);
    append_field(text, "message-id", policy.message_id);
    for (const auto& recipient : policy.recipients) append_field(text, "recipient", recipient);
    append_field(text, "profile", policy.profile);
    append_field(text, "assurance", people::format_assurance(policy.assurance));
    append_field(text, "expires-at", std::to_string(policy.expires_at.time_since_epoch().count()));
    append_field(text, "reply", flag(policy.rights.reply));
    append_field(text, "reply-all", flag(policy.rights.reply_all));
    append_field(text, "forward", flag(policy.rights.forward));
    append_field(text, "receipt", flag(policy.receipt));
    append_field(text, "hosted", flag(policy.hosted));
    if (policy.by_service) append_field(text, "sealed-by", "service");
    return text;
}

Sha256Value digest_request(const NewEnvelope& envelope)
{
    // The identity's 256 random bits make the digest useless for guessing the subject.
    crypto::Sha256 digest;
    digest.update(format_policy(envelope.policy));
    digest.update(envelope.identity.reveal());
    digest.update("\n");
    digest.update(envelope.subject);
    return digest.finish();
}

std::string format_associated_data(const Policy& policy, int kek_version)
{
    std::string text = format_policy(policy);
    append_field(text, "kek", std::to_string(kek_version));
    return text;
}

Bytes seal_record(const Secret& record_key, ByteView nonce, std::string_view bound, const Secret& identity,
                  std::string_view subject)
{
    Bytes text;
    text.reserve(identity.size() + 1 + subject.size());
    text.insert(text.end(), identity.reveal().begin(), identity.reveal().end());
    text.push_back('\n');
    text.insert(text.end(), subject.begin(), subject.end());
    const Secret content(std::move(text));
    return crypto::aes256gcm_seal(record_key.reveal(), nonce, as_bytes(bound), content.reveal());
}

Result<Unwrapped> open_record(const Secret& record_key, ByteView nonce, std::string_view bound, ByteView sealed,
                              const EnvelopeId& id)
{
    auto opened = crypto::aes256gcm_open(record_key.reveal(), nonce, as_bytes(bound), sealed);
    if (!opened) return changed_record(id);
    const Secret content(std::move(*opened));
    const auto text = content.reveal_text();
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return changed_record(id);
    return Unwrapped{Secret::copy_of(text.substr(0, end)), std::string(text.substr(end + 1))};
}

Error changed_record(const EnvelopeId& id)
{
    return {Fault::config,
            "envelope " + id.value() + ": its record and its wrapped key do not belong together; the store was changed"};
}

Wrapped wrap(const KekRing& ring, const Policy& policy, const Secret& identity, std::string_view subject)
{
    const auto& version = ring.newest();
    const Secret key = derive_record_key(version, policy.id);
    Wrapped wrapped{version.number, crypto::random_bytes(crypto::aead_nonce_bytes), {}};
    const auto bound = format_associated_data(policy, version.number);
    wrapped.sealed = seal_record(key, wrapped.nonce, bound, identity, subject);
    return wrapped;
}

Result<Unwrapped> unwrap(const KekRing& ring, const Policy& policy, const Wrapped& wrapped)
{
    const auto* version = ring.find(wrapped.kek_version);
    if (!version)
        return Error{Fault::config, "version " + std::to_string(wrapped.kek_version) + " of the key-encryption key is missing"};
    if (wrapped.nonce.size() != crypto::aead_nonce_bytes) return changed_record(policy.id);
    const Secret key = derive_record_key(*version, policy.id);
    return open_record(key, wrapped.nonce, format_associated_data(policy, wrapped.kek_version), wrapped.sealed, policy.id);
}

Sha256Value check_value_of(const KekRing::Version& version)
{
    return crypto::hmac_sha256(version.key.reveal(), as_bytes("sealpost key-encryption key check 1"));
}

}  // namespace sealpost::keys
