#pragma once

#include "base/result.hpp"

#include <p11-kit/pkcs11.h>

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>

namespace sealpost::pkcs11 {

// A module in this process, shared by the keys that are reached through it. Begun anew when a token went away: many
// modules find tokens only then. Calls into it hold running(); only beginning anew waits for them.
class Module {
public:
    static Result<std::shared_ptr<Module>> load(const std::filesystem::path& path);
    ~Module();
    Module(const Module&) = delete;
    Module& operator=(const Module&) = delete;

    [[nodiscard]] CK_FUNCTION_LIST& functions() const { return *functions_; }
    // While it lives, so does the module. Lives are counted: what was opened in an earlier one (sessions, handles) is gone.
    struct Running {
        std::shared_lock<std::shared_mutex> lock;
        unsigned life = 0;  // 0: not begun
    };
    [[nodiscard]] Running running();
    // Ends the life that the caller saw fail, unless somebody else did, and begins the next.
    Result<> begin_anew(unsigned seen);

    // A token locks its PIN after few wrong ones, so one that it refused is never shown to it again by this process.
    [[nodiscard]] Result<> check_login(const std::string& token);
    void forbid_login(const std::string& token, Error why);

private:
    explicit Module(CK_FUNCTION_LIST* functions) : functions_(functions) {}

    CK_FUNCTION_LIST* functions_;
    std::shared_mutex running_;
    unsigned life_ = 0;            // under running_
    bool is_initialised_ = false;  // under running_
    std::mutex guard_;
    std::map<std::string, Error> forbidden_;  // under guard_
};

}  // namespace sealpost::pkcs11
