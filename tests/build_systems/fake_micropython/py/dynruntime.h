/* A fake of MicroPython's API for native modules, over CPython's: as much of it as exports use. */
#ifndef FAKE_DYNRUNTIME_H
#define FAKE_DYNRUNTIME_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <stdint.h>

typedef PyObject *mp_obj_t;
typedef uint8_t byte;
typedef struct {
    int unused;
} mp_obj_fun_bc_t;
typedef struct {
    void *buf;
    size_t len;
} mp_buffer_info_t;

#define MP_BUFFER_READ PyBUF_SIMPLE

#define MP_DEFINE_CONST_FUN_OBJ_0(object, function)                                                                    \
    PyObject *object##_call(PyObject *self, PyObject *none) {                                                          \
        return function();                                                                                             \
    }                                                                                                                  \
    static PyMethodDef object = {#function, object##_call, METH_NOARGS, ""}
#define MP_DEFINE_CONST_FUN_OBJ_1(object, function)                                                                    \
    PyObject *object##_call(PyObject *self, PyObject *argument) {                                                      \
        return function(argument);                                                                                     \
    }                                                                                                                  \
    static PyMethodDef object = {#function, object##_call, METH_O, ""}
#define MP_OBJ_FROM_PTR(object) PyCFunction_New((PyMethodDef *)(object), NULL)

#define mp_const_none (Py_INCREF(Py_None), Py_None)
#define mp_obj_new_bytearray_by_ref(bytes, pointer)                                                                    \
    PyMemoryView_FromMemory((char *)(pointer), (Py_ssize_t)(bytes), PyBUF_WRITE)
#define mp_obj_new_bytes(pointer, bytes) PyBytes_FromStringAndSize((const char *)(pointer), (Py_ssize_t)(bytes))
#define mp_obj_new_int(value) PyLong_FromLong(value)
#define mp_obj_get_int(object) PyLong_AsLong(object)
#define mp_obj_new_float_from_f(value) PyFloat_FromDouble((double)(value))
#define mp_obj_get_float_to_f(object) ((float)PyFloat_AsDouble(object))
#define m_malloc(bytes) PyMem_Malloc(bytes)
#define m_free(pointer) PyMem_Free(pointer)

/* The real one does not return. */
#define mp_raise_ValueError(message)                                                                                   \
    do {                                                                                                               \
        PyErr_SetString(PyExc_ValueError, message);                                                                    \
        return NULL;                                                                                                   \
    } while (0)

static inline void mp_get_buffer_raise(PyObject *object, mp_buffer_info_t *found, int flags) {
    Py_buffer view = {0};
    if (PyObject_GetBuffer(object, &view, flags) != 0) {
        Py_FatalError("the fake does not raise here");
    }
    found->buf = view.buf;
    found->len = (size_t)view.len;
    PyBuffer_Release(&view);
}

#define MP_DYNRUNTIME_INIT_ENTRY                                                                                       \
    static PyModuleDef definition = {PyModuleDef_HEAD_INIT, "fake", NULL, -1, NULL, NULL, NULL, NULL, NULL};           \
    PyObject *const module = PyModule_Create(&definition);                                                             \
    (void)self;
#define MP_DYNRUNTIME_INIT_EXIT return module;
#define mp_store_global(name, object) PyModule_AddObject(module, name, object)

mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args);

PyMODINIT_FUNC FAKE_INIT(void) {
    return mpy_init(NULL, 0, 0, NULL);
}

#endif
