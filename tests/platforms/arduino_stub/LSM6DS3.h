/* A stand-in for what the accelerometer's driver uses of Seeed_Arduino_LSM6DS3 2.0.7; compared with its header on
 * 2026-11-22. */
#include <stdint.h>
#define I2C_MODE 0
#define LSM6DS3_ACC_GYRO_STATUS_REG 0X1E
typedef enum { IMU_SUCCESS, IMU_HW_ERROR } status_t;
struct StubSettings {
    uint16_t accelSampleRate;
};
struct LSM6DS3 {
    LSM6DS3(uint8_t bus, uint8_t address);
    StubSettings settings;
    status_t begin();
    status_t readRegister(uint8_t *value, uint8_t address);
    float readFloatAccelX();
    float readFloatAccelY();
    float readFloatAccelZ();
};
