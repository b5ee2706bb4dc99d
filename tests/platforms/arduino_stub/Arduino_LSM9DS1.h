/* A stand-in for what the accelerometer's driver uses of Arduino_LSM9DS1 1.1.1; compared with its header on 2026-11-22.
 */
struct StubImu {
    int begin();
    void end();
    int accelerationAvailable();
    int readAcceleration(float &x, float &y, float &z);
};
extern StubImu IMU;
