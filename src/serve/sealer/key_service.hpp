#pragma once

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "sys/async/byte_source.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::sealer {

// What the key server is told of an envelope (doc/spec/key-api.md, PUT /envelopes/{id}).
struct KeyRecord {
    std::string id;
    Secret identity;                        // "AGE-SECRET-KEY-1…"
    std::array<std::uint8_t, 32> sha256{};  // of the binary age file
    std::uint64_t size = 0;                 // of the same
    std::string sender_address;
    std::string sender_name;
    std::string subject;
    std::string message_id;
    std::vector<std::string> recipients;
    std::string profile;
    std::string assurance;
    WallTime expires_at;
    bool may_reply = true;
    bool may_reply_all = true;
    bool may_forward = false;
    bool receipt = false;
    bool hosted = true;
    // The envelope that a reply answers or a forward passes on: what is kept belongs to the same account, asks for no less
    // assurance and lives no longer than that one's terms allow.
    std::string related_envelope;
    bool forwards = false;
    std::int64_t account = 0;  // of what the service seals and answers no envelope: whose it is; otherwise 0
};

struct RecipientLanguage {
    std::string address;
    std::string language;
};

struct StoredEnvelope {
    std::string service_url;   // origin that the envelope's page and link name
    std::string organisation;  // as the account calls itself
    std::vector<RecipientLanguage> recipients;
    std::optional<WallTime> expires_at;  // when the terms of the related envelope end it sooner than was asked
};

// How the key of an envelope came to its end; an envelope that is locked has not.
enum class Ending { none, expired, recalled };

// What a key service as a whole met a caller with. `other`: an answer about what was asked, or nothing that is known.
enum class ServiceTrouble { token_refused, account_disabled, unreachable, other };

[[nodiscard]] constexpr std::string_view format_trouble(ServiceTrouble trouble)
{
    switch (trouble) {
        case ServiceTrouble::token_refused: return "token_refused";
        case ServiceTrouble::account_disabled: return "account_disabled";
        case ServiceTrouble::unreachable: return "unreachable";
        case ServiceTrouble::other: break;
    }
    return "other";
}

// The seam between sealing and keeping keys: over HTTPS from a gateway, at hand in the service.
// Fault::retry_later: the service is away, try again; anything else is final for this envelope.
class KeyService {
public:
    virtual ~KeyService() = default;
    virtual Task<Result<StoredEnvelope>> store(KeyRecord record) = 0;
    virtual Task<Result<>> put_content(std::string id, std::unique_ptr<async::ByteSource> age_file, std::uint64_t size) = 0;
    // Erases the key of an envelope that nobody will get; one that is not there, or was erased, is as well.
    virtual Task<Result<>> discard(std::string id) = 0;
    // `none` also of one that is not known here, of which nothing can be said.
    virtual Task<Result<Ending>> find_ending(std::string id) = 0;
    // Of the call that was answered last, whoever made it.
    [[nodiscard]] virtual ServiceTrouble last_trouble() const { return ServiceTrouble::other; }
};

}  // namespace sealpost::sealer
