#include "sys/pkcs11/key.hpp"

#include "sys/pkcs11/answers.hpp"
#include "sys/pkcs11/token.hpp"

#include <p11-kit/pkcs11.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace sealpost::pkcs11 {
namespace {

using Time = std::chrono::steady_clock;

// How long a token that is away is left alone before it is looked for again; doubled each time.
constexpr std::chrono::seconds first_pause{2};
constexpr std::chrono::seconds longest_pause{60};

CK_GCM_PARAMS make_params(ByteView nonce, ByteView bound)
{
    // The interface takes octets that it may not change by pointers to ones that it may.
    CK_GCM_PARAMS params{};
    params.pIv = const_cast<std::uint8_t*>(nonce.data());
    params.ulIvLen = nonce.size();
    params.ulIvBits = nonce.size() * 8;
    params.pAAD = const_cast<std::uint8_t*>(bound.data());
    params.ulAADLen = bound.size();
    params.ulTagBits = Key::tag_bytes * 8;
    return params;
}

struct Call {
    CK_FUNCTION_LIST& functions;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
};

CK_RV encrypt(const Call& call, ByteView nonce, ByteView bound, ByteView text, Bytes& sealed)
{
    auto params = make_params(nonce, bound);
    CK_MECHANISM mechanism{CKM_AES_GCM, &params, sizeof params};
    CK_RV rv = call.functions.C_EncryptInit(call.session, &mechanism, call.key);
    if (rv != CKR_OK) return rv;
    sealed.resize(text.size() + Key::tag_bytes);
    CK_ULONG size = sealed.size();
    rv = call.functions.C_Encrypt(call.session, const_cast<std::uint8_t*>(text.data()), text.size(), sealed.data(), &size);
    if (rv == CKR_OK && size != sealed.size()) return CKR_MECHANISM_PARAM_INVALID;  // a token that adds an IV of its own
    return rv;
}

// Some modules give a general answer for a tag that does not verify. One that still encrypts is not away.
bool still_encrypts(const Call& call)
{
    Bytes nonce(Key::nonce_bytes), unused;
    return call.functions.C_GenerateRandom(call.session, nonce.data(), nonce.size()) == CKR_OK &&
           encrypt(call, nonce, {}, nonce, unused) == CKR_OK;
}

CK_RV decrypt(const Call& call, ByteView nonce, ByteView bound, ByteView sealed, Bytes& text)
{
    auto params = make_params(nonce, bound);
    CK_MECHANISM mechanism{CKM_AES_GCM, &params, sizeof params};
    CK_RV rv = call.functions.C_DecryptInit(call.session, &mechanism, call.key);
    if (rv != CKR_OK) return rv;
    text.resize(sealed.size());
    CK_ULONG size = text.size();
    rv = call.functions.C_Decrypt(call.session, const_cast<std::uint8_t*>(sealed.data()), sealed.size(), text.data(), &size);
    if (rv == CKR_OK) text.resize(std::min<std::size_t>(size, text.size()));
    const bool may_be_away = rv == CKR_GENERAL_ERROR || rv == CKR_FUNCTION_FAILED;
    return may_be_away && still_encrypts(call) ? CKR_ENCRYPTED_DATA_INVALID : rv;
}

}  // namespace

struct Modules::Loaded {
    std::mutex guard;
    std::map<std::filesystem::path, std::shared_ptr<Module>> modules;
};

Modules::Modules() : loaded_(std::make_unique<Loaded>()) {}
Modules::~Modules() = default;

Result<std::shared_ptr<Module>> Modules::load(const std::filesystem::path& path)
{
    const std::lock_guard lock(loaded_->guard);
    auto& module = loaded_->modules[path];
    if (!module) {
        SEALPOST_TRY(module, Module::load(path));
    }
    return module;
}

struct Key::State {
    KeyUri uri;
    std::shared_ptr<Module> module;

    std::mutex finding;  // one caller looks for the token, the others wait for what it finds
    std::mutex guard;    // of what follows; taken after `finding`
    std::optional<FoundKey> found;
    std::vector<CK_SESSION_HANDLE> idle;  // of found->life
    unsigned lost_life = 0;               // whose end is due
    Time::time_point not_before;
    std::chrono::seconds pause = first_pause;
    Error trouble;

    Result<FoundKey> find();
    Result<FoundKey> find_anew();
    Error leave_alone(Error why);
    CK_RV take_session(const FoundKey& place, CK_SESSION_HANDLE& session);
    void give_back(const FoundKey& place, CK_SESSION_HANDLE session);
    void lose(unsigned life);
    void note_success();
    Result<> run(const std::function<CK_RV(const Call&)>& work);
};

// The key where it is now; looks for it when it is not known.
Result<FoundKey> Key::State::find()
{
    const std::lock_guard one(finding);
    const unsigned life = module->running().life;
    {
        const std::lock_guard lock(guard);
        if (found && found->life == life) return *found;
        if (Time::now() < not_before) return trouble;
        found.reset();
        idle.clear();
    }
    auto anew = find_anew();
    if (anew.has_error()) return leave_alone(anew.error());
    const std::lock_guard lock(guard);
    found = *anew;
    return *anew;
}

Result<FoundKey> Key::State::find_anew()
{
    const unsigned seen = module->running().life;
    std::unique_lock lock(guard);
    const bool is_due = seen == 0 || seen == lost_life;
    lock.unlock();
    if (is_due) SEALPOST_CHECK(module->begin_anew(seen));
    auto anew = find_key(*module, uri);
    if (anew.has_error()) {
        const unsigned life = module->running().life;
        lock.lock();
        lost_life = life;  // the next look begins the module anew
    }
    return anew;
}

Error Key::State::leave_alone(Error why)
{
    const std::lock_guard lock(guard);
    trouble = std::move(why);
    not_before = Time::now() + pause;
    pause = std::min(pause * 2, longest_pause);
    return trouble;
}

CK_RV Key::State::take_session(const FoundKey& place, CK_SESSION_HANDLE& session)
{
    {
        const std::lock_guard lock(guard);
        if (found && found->life == place.life && !idle.empty()) {
            session = idle.back();
            idle.pop_back();
            return CKR_OK;
        }
    }
    return module->functions().C_OpenSession(place.slot, CKF_SERIAL_SESSION, nullptr, nullptr, &session);
}

void Key::State::give_back(const FoundKey& place, CK_SESSION_HANDLE session)
{
    const std::lock_guard lock(guard);
    if (found && found->life == place.life) idle.push_back(session);
}

void Key::State::lose(unsigned life)
{
    const std::lock_guard lock(guard);
    if (!found || found->life != life) return;
    found.reset();
    idle.clear();
    lost_life = life;
}

void Key::State::note_success()
{
    const std::lock_guard lock(guard);
    pause = first_pause;
}

// Once more after the token was lost: it may be back already, under other handles.
Result<> Key::State::run(const std::function<CK_RV(const Call&)>& work)
{
    Error why{Fault::retry_later, uri.name() + " is not at rest"};
    for (int attempt = 0; attempt < 2; ++attempt) {
        SEALPOST_TRY(const auto place, find());
        const auto running = module->running();
        if (running.life != place.life) continue;  // another key began the module anew meanwhile
        CK_SESSION_HANDLE session = 0;
        CK_RV rv = take_session(place, session);
        if (rv == CKR_OK) {
            rv = work({module->functions(), session, place.key});
            if (rv == CKR_OK) {
                give_back(place, session);
                note_success();
                return {};
            }
            module->functions().C_CloseSession(session);
        }
        why = error_of(rv, uri.name());
        if (!is_lost(rv)) return why;
        lose(place.life);
    }
    return leave_alone(std::move(why));
}

Key::Key(std::unique_ptr<State> state) : state_(std::move(state)) {}

Key::~Key()
{
    const auto running = state_->module->running();
    if (!state_->found || state_->found->life != running.life) return;
    auto& functions = state_->module->functions();
    for (const auto session : state_->idle) functions.C_CloseSession(session);
    functions.C_CloseSession(state_->found->session);
}

Result<std::shared_ptr<Key>> Key::open(Modules& modules, KeyUri uri)
{
    auto state = std::make_unique<State>();
    SEALPOST_TRY(state->module, modules.load(uri.module_path()));
    state->uri = std::move(uri);
    SEALPOST_CHECK(state->find());
    return std::shared_ptr<Key>(new Key(std::move(state)));
}

const std::string& Key::name() const { return state_->uri.name(); }

Result<Bytes> Key::seal(ByteView nonce, ByteView bound, ByteView text)
{
    Bytes sealed;
    SEALPOST_CHECK(state_->run([&](const Call& call) { return encrypt(call, nonce, bound, text, sealed); }));
    return sealed;
}

Result<Secret> Key::open_sealed(ByteView nonce, ByteView bound, ByteView sealed)
{
    Bytes text;
    text.reserve(sealed.size());
    auto opened = state_->run([&](const Call& call) { return decrypt(call, nonce, bound, sealed, text); });
    Secret secret(std::move(text));  // wiped also when it is not whole
    if (opened.has_error()) return opened.error();
    return secret;
}

}  // namespace sealpost::pkcs11
