#pragma once

#include "serve/gateway/service_token.hpp"
#include "serve/sealer/key_service.hpp"
#include "sys/http/client.hpp"

#include <atomic>
#include <memory>
#include <string>

namespace sealpost::gateway {

// The registered envelope service as the gateway sees it: HTTPS with the account's token, also when
// the service runs in the same process (doc/spec/key-api.md).
class HttpKeyService final : public sealer::KeyService {
public:
    // `service_url` without a final slash.
    HttpKeyService(std::shared_ptr<http::HttpClient> client, std::string service_url, std::shared_ptr<ServiceToken> token);

    Task<Result<sealer::StoredEnvelope>> store(sealer::KeyRecord record) override;
    Task<Result<>> put_content(std::string id, std::unique_ptr<async::ByteSource> age_file, std::uint64_t size) override;
    Task<Result<>> discard(std::string id) override;
    Task<Result<sealer::Ending>> find_ending(std::string id) override;
    [[nodiscard]] sealer::ServiceTrouble last_trouble() const override { return trouble_; }

private:
    Task<Result<http::ClientResponse>> ask(std::string path, http::ClientRequest request);
    Result<http::ClientResponse> judge(Result<http::ClientResponse> response);

    std::shared_ptr<http::HttpClient> client_;
    std::string service_url_;
    std::shared_ptr<ServiceToken> token_;
    std::atomic<sealer::ServiceTrouble> trouble_ = sealer::ServiceTrouble::other;
};

}  // namespace sealpost::gateway
