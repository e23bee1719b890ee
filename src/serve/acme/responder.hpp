#pragma once

#include "serve/acme/answers.hpp"
#include "sys/http/server.hpp"

namespace sealpost::acme {

// Listens for the authority's questions on addresses of its own: http-01 in plain HTTP, tls-alpn-01 in TLS.
// Everything else is answered with 404.
class Responder {
public:
    struct Options {
        std::string name;  // in the log: "acme letsencrypt"
        std::string challenge;
        std::vector<Endpoint> listen;
        std::shared_ptr<const Answers> answers;
        WallTime now{};
    };
    // The workers outlive it.
    static Result<std::unique_ptr<Responder>> open(async::Workers& workers, Options options, log::Log log);

    Task<void> stop(Deadline drain);  // before it is destroyed
    [[nodiscard]] std::vector<Endpoint> endpoints() const;

private:
    Responder() = default;
    std::vector<std::unique_ptr<http::HttpServer>> servers_;
};

}  // namespace sealpost::acme
