// SoftHSM behind a door that tests shut. The file that SEALPOST_FAULTY_PKCS11 names says in its lines what fails now:
//   away                    no token is there, and what is open is gone
//   C_Decrypt 48            that function answers this number
//   C_Decrypt hold 1        the first so many calls of that function wait for as long as the file says it
// Each C_Login, each C_Initialize and each call that waits ("C_Decrypt held") is noted, a line each, in that file's name with
// ".calls".
#include <p11-kit/pkcs11.h>

#include <dlfcn.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>

namespace {

CK_FUNCTION_LIST* real = nullptr;
CK_FUNCTION_LIST ours;

std::string control_file()
{
    const char* name = std::getenv("SEALPOST_FAULTY_PKCS11");
    return name ? name : "";
}

void note(const std::string& function) { std::ofstream(control_file() + ".calls", std::ios::app) << function << '\n'; }

bool is_said(const std::string& said)
{
    std::ifstream in(control_file());
    for (std::string line; std::getline(in, line);)
        if (line == said) return true;
    return false;
}

// Whether this call is one of the first `most` that wait; notes it.
bool is_held(const std::string& held, int most)
{
    static std::mutex guard;
    const std::lock_guard lock(guard);
    std::ifstream in(control_file() + ".calls");
    for (std::string line; std::getline(in, line);)
        if (line == held) --most;
    if (most > 0) note(held);
    return most > 0;
}

// What `function` answers instead; CKR_OK: let it through.
CK_RV find_fault(const std::string& function, CK_RV when_away)
{
    std::ifstream in(control_file());
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line);
        std::string name, what;
        int most = 0;
        words >> name >> what >> most;
        if (name == "away" && when_away != CKR_OK) return when_away;
        if (name != function) continue;
        if (what != "hold") return std::stoul(what);
        if (!is_held(function + " held", most)) continue;
        while (is_said(line)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return CKR_OK;
}

CK_RV initialize(void* arguments)
{
    note("C_Initialize");
    return real->C_Initialize(arguments);
}

CK_RV get_slot_list(CK_BBOOL with_token, CK_SLOT_ID* slots, CK_ULONG* count)
{
    if (find_fault("C_GetSlotList", CKR_TOKEN_NOT_PRESENT) == CKR_OK) return real->C_GetSlotList(with_token, slots, count);
    *count = 0;
    return CKR_OK;
}

CK_RV get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO* info)
{
    const CK_RV rv = real->C_GetTokenInfo(slot, info);
    info->flags |= find_fault("flags", CKR_OK);
    return rv;
}

CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, void* application, CK_NOTIFY notify, CK_SESSION_HANDLE* session)
{
    if (const CK_RV fault = find_fault("C_OpenSession", CKR_TOKEN_NOT_PRESENT)) return fault;
    return real->C_OpenSession(slot, flags, application, notify, session);
}

CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR* pin, CK_ULONG size)
{
    note("C_Login");
    if (const CK_RV fault = find_fault("C_Login", CKR_DEVICE_REMOVED)) return fault;
    return real->C_Login(session, user, pin, size);
}

CK_RV encrypt_init(CK_SESSION_HANDLE session, CK_MECHANISM* mechanism, CK_OBJECT_HANDLE key)
{
    if (const CK_RV fault = find_fault("C_EncryptInit", CKR_DEVICE_REMOVED)) return fault;
    return real->C_EncryptInit(session, mechanism, key);
}

CK_RV encrypt(CK_SESSION_HANDLE session, CK_BYTE* data, CK_ULONG size, CK_BYTE* out, CK_ULONG* out_size)
{
    if (const CK_RV fault = find_fault("C_Encrypt", CKR_DEVICE_REMOVED)) return fault;
    return real->C_Encrypt(session, data, size, out, out_size);
}

CK_RV decrypt_init(CK_SESSION_HANDLE session, CK_MECHANISM* mechanism, CK_OBJECT_HANDLE key)
{
    if (const CK_RV fault = find_fault("C_DecryptInit", CKR_SESSION_HANDLE_INVALID)) return fault;
    return real->C_DecryptInit(session, mechanism, key);
}

CK_RV decrypt(CK_SESSION_HANDLE session, CK_BYTE* data, CK_ULONG size, CK_BYTE* out, CK_ULONG* out_size)
{
    if (const CK_RV fault = find_fault("C_Decrypt", CKR_DEVICE_REMOVED)) return fault;
    return real->C_Decrypt(session, data, size, out, out_size);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST** list)
{
    if (!real) {
        void* library = dlopen("/usr/lib/softhsm/libsofthsm2.so", RTLD_NOW | RTLD_LOCAL);
        if (!library) return CKR_GENERAL_ERROR;
        const auto get = reinterpret_cast<CK_C_GetFunctionList>(dlsym(library, "C_GetFunctionList"));
        if (!get || get(&real) != CKR_OK) return CKR_GENERAL_ERROR;
        ours = *real;
        ours.C_Initialize = initialize;
        ours.C_GetFunctionList = C_GetFunctionList;
        ours.C_GetSlotList = get_slot_list;
        ours.C_GetTokenInfo = get_token_info;
        ours.C_OpenSession = open_session;
        ours.C_Login = login;
        ours.C_EncryptInit = encrypt_init;
        ours.C_Encrypt = encrypt;
        ours.C_DecryptInit = decrypt_init;
        ours.C_Decrypt = decrypt;
    }
    *list = &ours;
    return CKR_OK;
}
