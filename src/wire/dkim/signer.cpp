#include "wire/dkim/signer.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

#include <cstdlib>
#include <cstring>

#ifndef _Bool
#define _Bool bool  // the header is C  NOLINT(bugprone-reserved-identifier)
#endif
#include <opendkim/dkim.h>

namespace sealpost::dkim {
namespace {

// RFC 6376 §5.4.1, and what tells how to read the body.
const char* const signed_fields[] = {"From",         "Sender",         "Reply-To",    "Subject",
                                     "Date",         "Message-ID",     "To",          "Cc",
                                     "MIME-Version", "Content-Type",   "In-Reply-To", "Content-Transfer-Encoding",
                                     "References",   "Auto-Submitted", nullptr};
const char* const oversigned_fields[] = {"From", nullptr};

// The library copies the key into memory of its own; this is how the copy is wiped.
constexpr std::size_t size_room = alignof(std::max_align_t);

void* take_memory(void*, std::size_t bytes)
{
    auto* block = static_cast<char*>(std::malloc(size_room + bytes));
    if (block == nullptr) return nullptr;
    std::memcpy(block, &bytes, sizeof bytes);
    return block + size_room;
}

void give_memory_back(void*, void* memory)
{
    if (memory == nullptr) return;
    char* block = static_cast<char*>(memory) - size_room;
    std::size_t bytes = 0;
    std::memcpy(&bytes, block, sizeof bytes);
    explicit_bzero(memory, bytes);
    std::free(block);
}

u_char* octets(const std::string& text) { return reinterpret_cast<u_char*>(const_cast<char*>(text.data())); }

Error cannot(std::string_view what, DKIM_STAT status)
{
    const bool message_is_bad = status == DKIM_STAT_SYNTAX;
    return {message_is_bad ? Fault::peer_broke_it : Fault::retry_later,
            "DKIM: cannot " + std::string(what) + ": " + dkim_getresultstr(status)};
}

}  // namespace

struct SigningKey::State {
    DKIM_LIB* library = nullptr;
    Secret pem;  // ends in a zero octet, as the library wants it

    State() : library(dkim_init(take_memory, give_memory_back)) {}
    ~State()
    {
        if (library) dkim_close(library);
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    [[nodiscard]] bool set_fields(dkim_opts_t option, const char* const* names) const
    {
        auto* list = const_cast<char**>(names);
        return dkim_options(library, DKIM_OP_SETOPT, option, list, sizeof(u_char**)) == DKIM_STAT_OK;
    }
};

Result<SigningKey> SigningKey::make(std::string domain, std::string selector, const Secret& pem)
{
    auto key = crypto::PrivateKey::parse_pem(pem.reveal_text());
    if (key.has_error()) return Error{Fault::config, "DKIM key of " + domain + ": not a private key in PEM"};
    if (key->type() != "RSA" || key->bits() < least_key_bits || key->bits() > most_key_bits)
        return Error{Fault::config, "DKIM key of " + domain + ": expected an RSA key of 2048 bits"};
    auto state = std::make_shared<State>();
    const Secret plain = key->to_pem();
    Bytes terminated;
    terminated.reserve(plain.size() + 1);
    terminated.assign(plain.reveal().begin(), plain.reveal().end());
    terminated.push_back(0);
    state->pem = Secret(std::move(terminated));
    const bool ready = state->library && state->set_fields(DKIM_OPTS_SIGNHDRS, signed_fields) &&
                       state->set_fields(DKIM_OPTS_OVERSIGNHDRS, oversigned_fields);
    if (!ready) return Error{Fault::retry_later, "DKIM: the library cannot be set up"};
    return SigningKey(ascii_lower(domain), std::move(selector), std::move(state));
}

struct Signer::State {
    std::shared_ptr<const SigningKey::State> key;
    DKIM* handle = nullptr;

    State() = default;
    ~State()
    {
        if (handle) dkim_free(handle);
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
};

Result<Signer> Signer::begin(const SigningKey& key)
{
    auto state = std::make_shared<State>();
    state->key = key.state_;
    DKIM_STAT status = DKIM_STAT_OK;
    const std::string id = "message";
    state->handle = dkim_sign(key.state_->library, octets(id), nullptr, const_cast<u_char*>(key.state_->pem.reveal().data()),
                              octets(key.selector()), octets(key.domain()), DKIM_CANON_RELAXED, DKIM_CANON_RELAXED,
                              DKIM_SIGN_RSASHA256, -1, &status);
    if (!state->handle) return cannot("begin", status);
    return Signer(std::move(state));
}

Result<> Signer::append_field(std::string_view raw)
{
    while (raw.ends_with('\n') || raw.ends_with('\r')) raw.remove_suffix(1);
    const std::string field(raw);
    const DKIM_STAT status = dkim_header(state_->handle, octets(field), field.size());
    if (status != DKIM_STAT_OK) return cannot("take a field", status);
    return {};
}

Result<> Signer::end_head()
{
    const DKIM_STAT status = dkim_eoh(state_->handle);
    if (status != DKIM_STAT_OK) return cannot("take the head", status);
    return {};
}

Result<> Signer::append_body(std::string_view piece)
{
    if (piece.empty()) return {};
    auto* text = reinterpret_cast<u_char*>(const_cast<char*>(piece.data()));
    const DKIM_STAT status = dkim_body(state_->handle, text, piece.size());
    if (status != DKIM_STAT_OK) return cannot("take the body", status);
    return {};
}

Result<std::string> Signer::finish()
{
    static constexpr std::string_view name = "DKIM-Signature: ";
    DKIM_STAT status = dkim_eom(state_->handle, nullptr);
    if (status != DKIM_STAT_OK) return cannot("sign", status);
    u_char* value = nullptr;
    std::size_t size = 0;
    status = dkim_getsighdr_d(state_->handle, name.size(), &value, &size);
    if (status != DKIM_STAT_OK) return cannot("write the signature", status);
    return std::string(name) + std::string(reinterpret_cast<const char*>(value), size) + "\r\n";
}

std::string record_name(std::string_view domain, std::string_view selector)
{
    return std::string(selector) + "._domainkey." + std::string(domain);
}

std::string format_record(const crypto::PrivateKey& key)
{
    // RFC 6376 §3.6.1: "p= Public-key data (base64; REQUIRED)"
    return "v=DKIM1; k=rsa; p=" + format_base64(key.public_der());
}

std::string format_zone_line(std::string_view name, std::string_view record)
{
    constexpr std::size_t most_octets = 255;  // RFC 1035 §3.3: a character-string
    std::string line = std::string(name) + ". IN TXT (";
    for (; !record.empty(); record.remove_prefix(std::min(most_octets, record.size())))
        line += " \"" + std::string(record.substr(0, most_octets)) + '"';
    return line + " )";
}

}  // namespace sealpost::dkim
