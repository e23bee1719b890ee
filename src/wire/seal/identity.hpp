// seal: the envelope's formats, as doc/spec/envelope.md says: age v1 files (sealing and opening in
// constant memory), their armor, the attachment page, the notification around it, and the texts of
// the service's mails. Sans I/O: pieces in, pieces out. Nothing read here is trusted: a file that
// breaks the format is Fault::peer_broke_it, one that another key sealed is Fault::denied.
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <string>
#include <string_view>

namespace sealpost::seal {

// The private half of an age X25519 key pair; its text is "AGE-SECRET-KEY-1…".
class Identity {
public:
    [[nodiscard]] static Result<Identity> parse(std::string_view text);  // exactly the key, nothing around it
    // A key file as age-keygen writes it: comment and empty lines, and exactly one identity.
    [[nodiscard]] static Result<Identity> parse_file(std::string_view text);

    [[nodiscard]] Secret text() const;  // "AGE-SECRET-KEY-1…", without line end
    [[nodiscard]] const Secret& scalar() const { return scalar_; }
    [[nodiscard]] std::string recipient() const;  // "age1…"

private:
    friend Identity make_identity();
    explicit Identity(Secret scalar) : scalar_(std::move(scalar)) {}
    Secret scalar_;
};

[[nodiscard]] Identity make_identity();

}  // namespace sealpost::seal
