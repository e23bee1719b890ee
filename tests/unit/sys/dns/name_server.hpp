#pragma once

#include "base/ip_address.hpp"

#include <sys/types.h>
#include <string>

namespace sealpost::dns {

// A real NSD on a loopback port of the kernel's choice, serving one zone; ends with the object.
// Throws std::runtime_error when it does not start: a missing name server is an install step.
class NameServer {
public:
    NameServer(const std::string& zone, const std::string& master_file);
    ~NameServer();
    NameServer(const NameServer&) = delete;
    NameServer& operator=(const NameServer&) = delete;

    [[nodiscard]] Endpoint endpoint() const { return endpoint_; }

private:
    void write_files(const std::string& zone, const std::string& master_file) const;
    bool start();

    std::string folder_;
    Endpoint endpoint_;
    pid_t process_ = -1;
};

}  // namespace sealpost::dns
