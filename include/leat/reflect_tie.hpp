// Binds the fields of a plain aggregate to references: C++20 spells this one count at a time.
#pragma once

#include <cstddef>
#include <tuple>

namespace leat::detail {

/// The largest number of fields that a reflected struct may have.
inline constexpr std::size_t max_fields = 36;

// clang-format off
template <std::size_t Count, class T>
constexpr auto tie_few(T& v) {
    if constexpr (Count == 0) { return std::tuple<>(); }
    if constexpr (Count == 1) { auto& [a] = v; return std::tie(a); }
    if constexpr (Count == 2) { auto& [a,b] = v; return std::tie(a,b); }
    if constexpr (Count == 3) { auto& [a,b,c] = v; return std::tie(a,b,c); }
    if constexpr (Count == 4) { auto& [a,b,c,d] = v; return std::tie(a,b,c,d); }
    if constexpr (Count == 5) { auto& [a,b,c,d,e] = v; return std::tie(a,b,c,d,e); }
    if constexpr (Count == 6) { auto& [a,b,c,d,e,f] = v; return std::tie(a,b,c,d,e,f); }
    if constexpr (Count == 7) { auto& [a,b,c,d,e,f,g] = v; return std::tie(a,b,c,d,e,f,g); }
    if constexpr (Count == 8) { auto& [a,b,c,d,e,f,g,h] = v; return std::tie(a,b,c,d,e,f,g,h); }
    if constexpr (Count == 9) { auto& [a,b,c,d,e,f,g,h,i] = v; return std::tie(a,b,c,d,e,f,g,h,i); }
    if constexpr (Count == 10) {
        auto& [a,b,c,d,e,f,g,h,i,j] = v; return std::tie(a,b,c,d,e,f,g,h,i,j);
    }
    if constexpr (Count == 11) {
        auto& [a,b,c,d,e,f,g,h,i,j,k] = v; return std::tie(a,b,c,d,e,f,g,h,i,j,k);
    }
    if constexpr (Count == 12) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l] = v; return std::tie(a,b,c,d,e,f,g,h,i,j,k,l);
    }
    if constexpr (Count == 13) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m] = v; return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m);
    }
    if constexpr (Count == 14) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n] = v; return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n);
    }
    if constexpr (Count == 15) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o] = v; return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o);
    }
    if constexpr (Count == 16) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p);
    }
    if constexpr (Count == 17) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q);
    }
    if constexpr (Count == 18) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r);
    }
    if constexpr (Count == 19) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s);
    }
    if constexpr (Count == 20) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t);
    }
}
template <std::size_t Count, class T>
constexpr auto tie_many(T& v) {
    if constexpr (Count == 21) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u);
    }
    if constexpr (Count == 22) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w);
    }
    if constexpr (Count == 23) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x);
    }
    if constexpr (Count == 24) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y);
    }
    if constexpr (Count == 25) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z);
    }
    if constexpr (Count == 26) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A);
    }
    if constexpr (Count == 27) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B);
    }
    if constexpr (Count == 28) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C);
    }
    if constexpr (Count == 29) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D);
    }
    if constexpr (Count == 30) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E);
    }
    if constexpr (Count == 31) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E,F] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E,F);
    }
    if constexpr (Count == 32) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E,F,G] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E,F,G);
    }
    if constexpr (Count == 33) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E,F,G,H] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E,F,G,H);
    }
    if constexpr (Count == 34) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E,F,G,H,I] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E,F,G,H,I);
    }
    if constexpr (Count == 35) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E,F,G,H,I,J] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E,F,G,H,I,J);
    }
    if constexpr (Count == 36) {
        auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E,F,G,H,I,J,K] = v;
        return std::tie(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,w,x,y,z,A,B,C,D,E,F,G,H,I,J,K);
    }
}
// clang-format on

/// References to the `Count` fields of `v`, in order. `v` must outlive the tuple.
template <std::size_t Count, class T>
constexpr auto tie_fields(T& v) {
    static_assert(Count <= max_fields, "too many fields: group some of them into a struct");
    if constexpr (Count <= 20)
        return tie_few<Count>(v);
    else
        return tie_many<Count>(v);
}

}  // namespace leat::detail
