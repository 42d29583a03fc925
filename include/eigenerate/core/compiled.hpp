#pragma once
// Header-only, or compiled: the same headers serve both, and give the same bits.
//
// By itself a header holds all of its code. Whoever links the target `eigenerate::compiled` gets
// EIGENERATE_COMPILED with it, and headers then leave out what that library holds: the bodies of functions
// that need no type of the user, for float and double. A header declares them first; the bodies stand below,
// or where they are long in a file of detail/, between
//
//     #if EIGENERATE_DEFINES(FOLDER)
//     …                               // EIGENERATE_INLINE void f() {…}, and what only bodies include
//     EIGENERATE_INSTANTIATE(g)       // a function template, for both scalars
//     EIGENERATE_INSTANTIATE_CLASS(G) // all members of a class template, for both; …_STRUCT likewise
//     #endif
//
// The library has one unit for each folder, which defines EIGENERATE_COMPILING_<FOLDER>.
//
// A program may mix both kinds of units: they declare the same functions, and the linker takes one of each.
// But macros that change how the library computes, EIGENERATE_NO_THREADS and those of Eigen, must be those
// with which the library was compiled: another alignment of Eigen's matrices is refused (`same_eigen.hpp`).
//
// What `AnyLayer` and its like hold of the library's own types, and the hooks of its callbacks, is declared
// in detail/held.hpp of each folder: `extern template` in a program, an instantiation in the library. There
//
//     EIGENERATE_HOLD(AnyLayer, Conv2d)  // with EIGENERATE_HELD being `extern` or nothing

#if defined(EIGENERATE_COMPILED)

#define EIGENERATE_DEFINES(folder) EIGENERATE_COMPILING_##folder
#define EIGENERATE_INLINE
#define EIGENERATE_INSTANTIATE(function)              \
  template decltype(function<float>) function<float>; \
  template decltype(function<double>) function<double>;
#define EIGENERATE_INSTANTIATE_CLASS(type) \
  template class type<float>;              \
  template class type<double>;
#define EIGENERATE_INSTANTIATE_STRUCT(type) \
  template struct type<float>;              \
  template struct type<double>;
#define EIGENERATE_HOLD(Any, Held)                                                       \
  EIGENERATE_HELD template auto Any<float>::hold(Held)->std::shared_ptr<const Contract>; \
  EIGENERATE_HELD template auto Any<double>::hold(Held)->std::shared_ptr<const Contract>;

#else

#define EIGENERATE_DEFINES(folder) 1
#define EIGENERATE_INLINE inline
#define EIGENERATE_INSTANTIATE(function)
#define EIGENERATE_INSTANTIATE_CLASS(type)
#define EIGENERATE_INSTANTIATE_STRUCT(type)

#endif
