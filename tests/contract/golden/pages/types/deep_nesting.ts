// Written by fs7, anew at every `fs7 pages`: do not edit.

import type {
  RequestPayload,
} from './schemas';

/** The operations of the contract: what is sent, what acknowledges it, what is received. */
export interface Operations {
  on_deep_nesting: {
    send: [payload: RequestPayload];
    reply: unknown;
    received: unknown;
  };
}

export type OperationName = keyof Operations;

/** A payload that is the list of all arguments. */
export type Arguments<T> = T extends unknown[] ? T : unknown[];

// Written by fs7, anew at every `fs7 pages`: do not edit.
//
// The schemas of the contract. TypeScript cannot say all that JSON Schema can, such as bounds,
// patterns and formats: the server may still refuse what fits a type.

export interface RequestPayload {
  level1: {
    level2: {
      level3: {
        level4: {
          level5: {
            level6: {
              level7: {
                level8: {
                  level9: {
                    level10: {
                      level11: {
                        level12: {
                          level13: {
                            level14: {
                              level15: {
                                level16: {
                                  level17: {
                                    level18: {
                                      level19: {
                                        level20: {
                                          level21: {
                                            level22: {
                                              level23: {
                                                level24: {
                                                  level25: {
                                                    level26: {
                                                      level27: {
                                                        level28: {
                                                          level29: {
                                                            level30: {
                                                              level31: {
                                                                level32: {
                                                                  level33: {
                                                                    level34: {
                                                                      level35: {
                                                                        level36: {
                                                                          level37: {
                                                                            level38: {
                                                                              level39: {
                                                                                level40: string;
                                                                              };
                                                                            };
                                                                          };
                                                                        };
                                                                      };
                                                                    };
                                                                  };
                                                                };
                                                              };
                                                            };
                                                          };
                                                        };
                                                      };
                                                    };
                                                  };
                                                };
                                              };
                                            };
                                          };
                                        };
                                      };
                                    };
                                  };
                                };
                              };
                            };
                          };
                        };
                      };
                    };
                  };
                };
              };
            };
          };
        };
      };
    };
  };
}
