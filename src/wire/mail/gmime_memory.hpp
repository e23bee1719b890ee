// Only for the .cpp files of this room: GMime's start and the owners of its objects.
#pragma once

#include <gmime/gmime.h>
#include <memory>

namespace sealpost::mail {

inline void start_gmime()
{
    static const bool started = (g_mime_init(), true);
    (void)started;
}

struct FreeGlib {
    void operator()(gpointer object) const { g_object_unref(object); }
};
template <class Object>
using Owned = std::unique_ptr<Object, FreeGlib>;

}  // namespace sealpost::mail
