#pragma once

#include "sys/crypto/x509.hpp"

#include <string>
#include <vector>

namespace sealpost::demo {

// A chain and its key as files hold them.
struct CertificateFiles {
    std::string chain_pem;
    std::string key_pem;
};

// The demo world's private certificate authority: a root that everybody in it trusts, and an
// intermediate that signs, so that the story of the missing intermediate can be told.
class Authority {
public:
    static Result<Authority> make(WallTime now);

    [[nodiscard]] const std::string& root_pem() const { return root_pem_; }
    [[nodiscard]] Result<CertificateFiles> issue(const std::string& name, std::vector<std::string> more_names = {}) const;
    // A certificate that nobody vouches for: the "demo certificate" of the field.
    [[nodiscard]] static Result<CertificateFiles> make_self_signed(const std::string& name, WallTime now);

private:
    Authority(std::string root_pem, crypto::Issuer intermediate, WallTime now)
        : root_pem_(std::move(root_pem)), intermediate_(std::move(intermediate)), now_(now)
    {
    }
    std::string root_pem_;
    crypto::Issuer intermediate_;
    WallTime now_;
};

}  // namespace sealpost::demo
