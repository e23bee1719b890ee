#include "sys/pkcs11/module.hpp"

#include "sys/pkcs11/answers.hpp"

#include <p11-kit/p11-kit.h>

namespace sealpost::pkcs11 {
Result<std::shared_ptr<Module>> Module::load(const std::filesystem::path& path)
{
    // Unmanaged: p11-kit's own wrappers would need memory that is both writable and executable, which our unit forbids.
    auto* functions = p11_kit_module_load(path.c_str(), P11_KIT_MODULE_UNMANAGED);
    if (functions) return std::shared_ptr<Module>(new Module(functions));
    const char* why = p11_kit_message();
    return Error{Fault::config,
                 "the PKCS#11 module " + path.string() + " cannot be loaded" + (why ? ": " + std::string(why) : "")};
}

Module::~Module()
{
    if (is_initialised_) functions_->C_Finalize(nullptr);
    p11_kit_module_release(functions_);
}

Module::Running Module::running()
{
    std::shared_lock lock(running_);
    const unsigned life = is_initialised_ ? life_ : 0;
    return {std::move(lock), life};
}

Result<> Module::begin_anew(unsigned seen)
{
    const std::unique_lock lock(running_);
    if (life_ != seen && is_initialised_) return {};
    if (is_initialised_) functions_->C_Finalize(nullptr);
    is_initialised_ = false;
    // Not p11_kit_module_initialize: of an unmanaged module it does not ask for locks, and we call from many threads.
    CK_C_INITIALIZE_ARGS arguments{};
    arguments.flags = CKF_OS_LOCKING_OK;
    const CK_RV rv = functions_->C_Initialize(&arguments);
    if (rv != CKR_OK && rv != CKR_CRYPTOKI_ALREADY_INITIALIZED)
        return Error{Fault::retry_later, "the PKCS#11 module cannot be started: " + format_rv(rv)};
    is_initialised_ = true;
    ++life_;
    return {};
}

Result<> Module::check_login(const std::string& token)
{
    const std::lock_guard lock(guard_);
    const auto found = forbidden_.find(token);
    if (found == forbidden_.end()) return {};
    return found->second;
}

void Module::forbid_login(const std::string& token, Error why)
{
    const std::lock_guard lock(guard_);
    forbidden_.emplace(token, std::move(why));
}

}  // namespace sealpost::pkcs11
