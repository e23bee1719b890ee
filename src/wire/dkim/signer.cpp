#include "wire/dkim/signer.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "wire/dkim/signing.hpp"

namespace sealpost::dkim {
namespace {

constexpr std::size_t max_head_bytes = 1024 * 1024;

}  // namespace

Result<SigningKey> SigningKey::make(std::string domain, std::string selector, const Secret& pem)
{
    auto key = crypto::PrivateKey::parse_pem(pem.reveal_text());
    if (key.has_error()) return Error{Fault::config, "DKIM key of " + domain + ": not a private key in PEM"};
    const auto kind = crypto::find_signature_kind(*key);
    if (!kind) return Error{Fault::config, "DKIM key of " + domain + ": neither an RSA nor an Ed25519 key"};
    if (*kind == crypto::SignatureKind::rsa && (key->bits() < least_key_bits || key->bits() > most_key_bits))
        return Error{Fault::config, "DKIM key of " + domain + ": expected an RSA key of 2048 bits"};
    return SigningKey(ascii_lower(domain), std::move(selector), *kind, std::move(*key));
}

struct Signer::State {
    std::vector<SigningKey> keys;
    SigningOptions options;
    Head head{max_head_bytes};
    BodyHashes body;
    std::vector<std::string> names;

    State(std::vector<SigningKey> all, SigningOptions wanted) : keys(std::move(all)), options(std::move(wanted))
    {
        body.add(Canon::relaxed, std::nullopt);
    }

    [[nodiscard]] Result<std::string> sign(const SigningKey& key) const;
};

Signer Signer::begin(std::vector<SigningKey> keys, SigningOptions options)
{
    return Signer(std::make_shared<State>(std::move(keys), std::move(options)));
}

Result<> Signer::append_field(std::string_view raw)
{
    if (!state_->head.append(raw)) return Error{Fault::peer_broke_it, "DKIM: the head is too large to be signed"};
    return {};
}

Result<> Signer::end_head()
{
    if (state_->head.find_all("from").empty()) return Error{Fault::peer_broke_it, "DKIM: a message without From"};
    state_->names = names_to_sign(state_->head);
    return {};
}

void Signer::append_body(std::string_view piece) { state_->body.append(piece); }

Result<std::string> Signer::State::sign(const SigningKey& key) const
{
    TagWriter writer("DKIM-Signature");
    writer.add("v", "1");
    writer.add("a", format_algorithm(key.kind()));
    writer.add("c", "relaxed/relaxed");
    writer.add("d", key.domain());
    writer.add("s", key.selector());
    if (!options.identity.empty()) writer.add("i", options.identity);
    writer.add("t", format_seconds(options.now));
    if (options.lifetime) writer.add("x", format_seconds(options.now + *options.lifetime));
    writer.add_list("h", names);
    writer.add_octets("bh", body.digest(0));
    crypto::Sha256 sha;
    head.hash(sha, head.select(names), Canon::relaxed);
    return seal_field(std::move(writer), std::move(sha), key.key());
}

Result<std::string> Signer::finish()
{
    state_->body.finish();
    std::string fields;
    for (const auto& key : state_->keys) {
        SEALPOST_TRY(const std::string field, state_->sign(key));
        fields += field;
    }
    return fields;
}

std::string record_name(std::string_view domain, std::string_view selector)
{
    return std::string(selector) + "._domainkey." + std::string(domain);
}

std::string format_record(const crypto::PrivateKey& key)
{
    // RFC 6376 §3.6.1: "p= Public-key data (base64; REQUIRED)"; RFC 8463 §4: the 32 octets of the key alone.
    if (auto octets = crypto::ed25519_public_of(key)) return "v=DKIM1; k=ed25519; p=" + format_base64(*octets);
    return "v=DKIM1; k=rsa; p=" + format_base64(key.public_der());
}

}  // namespace sealpost::dkim
