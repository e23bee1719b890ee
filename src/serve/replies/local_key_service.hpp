#pragma once

#include "core/keys/key_store.hpp"
#include "core/people/people.hpp"
#include "serve/sealer/key_service.hpp"

#include <memory>
#include <string>

namespace sealpost::replies {

// The key server at hand, for what people wrote and the service itself seals. A reply belongs to the account of the envelope that
// it answers, and takes on its terms (doc/spec/keys.md, "Replies and forwards"); a message that begins, to the one it goes to.
class LocalKeyService final : public sealer::KeyService {
public:
    // The clock outlives it.
    LocalKeyService(std::shared_ptr<keys::KeyStore> keys, std::shared_ptr<people::People> people, const Clock& clock,
                    std::string service_url, std::string organisation)
        : keys_(std::move(keys)),
          people_(std::move(people)),
          clock_(clock),
          service_url_(std::move(service_url)),
          organisation_(std::move(organisation))
    {
    }

    Task<Result<sealer::StoredEnvelope>> store(sealer::KeyRecord record) override;
    Task<Result<>> put_content(std::string id, std::unique_ptr<async::ByteSource> age_file, std::uint64_t size) override;
    Task<Result<>> discard(std::string id) override;
    Task<Result<sealer::Ending>> find_ending(std::string id) override;

private:
    Task<Result<keys::EnvelopeFacts>> find_related(std::string envelope_id);
    Task<Result<>> settle_terms(keys::Policy& policy, std::string related_envelope, bool forwards);
    Task<Result<sealer::StoredEnvelope>> describe(people::AccountId account, std::vector<std::string> recipients);

    std::shared_ptr<keys::KeyStore> keys_;
    std::shared_ptr<people::People> people_;
    const Clock& clock_;
    std::string service_url_;
    std::string organisation_;  // the service's own name: it is the sender of what it seals
};

}  // namespace sealpost::replies
