#pragma once

#include "serve/sealer/key_service.hpp"

#include <stdexcept>

namespace sealpost::sealer {

// Whoever asks it is broken off, as at the end of a drain.
class BreakingKeyService final : public KeyService {
public:
    Task<Result<StoredEnvelope>> store(KeyRecord) override { throw std::runtime_error("broken off"); }
    Task<Result<>> put_content(std::string, std::unique_ptr<async::ByteSource>, std::uint64_t) override { co_return Result<>(); }
    Task<Result<>> discard(std::string) override { co_return Result<>(); }
    Task<Result<Ending>> find_ending(std::string) override { throw std::runtime_error("broken off"); }
};

}  // namespace sealpost::sealer
