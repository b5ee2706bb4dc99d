#include "tensorflow/stub.h"
